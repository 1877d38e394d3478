"""All that is known of one run, as plain values."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

from guildpkg.core.runs.record import ResourceRow
from guildpkg.errors import GuildError, Unknown
from guildpkg.pipeline.runs.times import in_iso
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.reading import list_below


def info(store: Runs, run: Run) -> dict[str, Any]:
    """Give what is to be known of a run, in the order in which it is shown.

    Raises:
        GuildError: Its record is damaged.
    """
    record, process, ended, notes = run.record(), run.process(), run.ended(), run.notes()
    changed = [f"{row.path}/" for row in run.changed_inputs()]
    status = store.status(run)
    return {
        "id": record.id,
        "operation": record.operation,
        "status": status.word,
        "detail": status.detail or None,
        "started": in_iso(process.started if process else 0),
        "stopped": in_iso(ended.stopped if ended else run.heartbeat() if status.over else 0),
        "run_dir": str(run.path),
        "files": str(run.files),
        "command": list(record.argv),
        "cwd": record.cwd,
        "exit_status": ended.code if ended else None,
        "pid": process.child.pid if process and status.word == "running" else None,
        "label": notes.label,
        "tags": list(notes.tags),
        "comment": notes.comment,
        "project": record.project or None,
        "package": record.package or None,
        "batch": record.batch or None,
        "interpreter": record.interpreter or None,
        "host": record.host.name,
        "flags": {row.name: row.value for row in record.flags},
        "resources": [_resource(row, changed) for row in run.inputs()],
        "source_digest": record.source.digest or None,
        "env": dict(record.env),
        "operations": operation_rows(store, run),
    }


def operations_in(store: Runs, run: Run) -> list[Run]:
    """Give the operations that went into a run, in the order in which they were begun.

    What is a link is none; those without a record that can be read are left out, as runs are in a listing.
    """
    own: set[str] = set()
    with contextlib.suppress(Unknown):
        own = {os.fsdecode(found.name) for found in list_below(run.path, b"runs") if found.kind == "folder"}
    found = []
    for one in store.inside(run).all():
        if one.path.name in own:
            with contextlib.suppress(GuildError, FileNotFoundError):
                found.append((one.record().created, one))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def operation_rows(store: Runs, run: Run) -> list[dict[str, Any]]:
    """Give the operations that went into a run; each is told of as a run is."""
    names = ("operation", "status", "detail", "started", "stopped", "exit_status", "command", "run_dir", "resources")
    known = (info(store.inside(run), one) for one in operations_in(store, run))
    return [{name: one[name] for name in names} for one in known]


def _resource(row: ResourceRow, changed: Sequence[str]) -> dict[str, Any]:
    """Give an input; a folder has changed when a file in it has, and ``.`` when any has."""
    about = {"name": row.name, "path": row.path, "size": row.size, "sha256": row.sha256, "source": row.source}
    folder = "" if row.path == "." else f"{row.path}/"
    return {**about, "changed": any(path.startswith(folder) for path in changed)}
