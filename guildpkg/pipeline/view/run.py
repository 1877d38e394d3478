"""One run for the view: everything that is known of it and is not large, and marks that tell when a part changes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_from_bytes

from guildpkg.core.view_data import Row
from guildpkg.pipeline.runs.info import operation_rows, operations_in
from guildpkg.pipeline.runs.times import in_iso
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.reading import Found, list_below

LISTED: Final = 2000
"""Names of a folder that are shown."""
_PARTS: Final = ("output", "stats", "notes.json", "attrs.json", "inputs.json", "process.json", "exit.json")
_SEEN: Final = 5000
"""Names below RUNDIR that are looked at for event files."""


def run_details(store: Runs, run: Run) -> Row:
    """Tell everything of a run.

    Raises:
        GuildError: Its record is damaged.
    """
    record, process, ended = run.record(), run.process(), run.ended()
    attrs = run.looked_up()
    return {
        "command": list(record.argv),
        "cwd": record.cwd,
        "exit_status": ended.code if ended else None,
        "message": (ended.message if ended else "") or None,
        "pid": process.child.pid if process and store.status(run).word == "running" else None,
        "comment": run.notes().comment,
        "interpreter": record.interpreter or None,
        "host": record.host.name,
        "user": record.host.user,
        "guildpkg": record.version,
        "flags": [{"name": row.name, "value": row.value, "layer": row.layer or None} for row in record.flags],
        "env": dict(record.env),
        "resources": [
            {"name": row.name, "path": row.path, "source": row.source, "sha256": row.sha256, "size": row.size}
            for row in run.inputs()
        ],
        "source": {"digest": record.source.digest or None, "files": record.source.files, "size": record.source.size},
        "system": _texts(attrs.get("system")),
        "packages": _texts(attrs.get("packages")),
        "vcs": _texts(attrs.get("vcs")),
        "restart_of": record.restart_of or None,
        "from_run": record.from_run or None,
        "batch": record.batch or None,
        "stopped": in_iso(ended.stopped if ended else 0),
        "operations": _operations(store, run),
    }


def _operations(store: Runs, run: Run) -> list[Row]:
    """Tell of the operations that went into the run, each with the name of its folder."""
    rows = operation_rows(store, run)
    return [{**row, "name": Path(row["run_dir"]).name} for row in rows]


def _texts(found: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def run_marks(store: Runs, run: Run, project: Path | None) -> Row:
    """Give a mark for each part of a run: its status, its files, its scalars, its project file.

    Args:
        store: The runs.
        run: The run.
        project: Folder of its project, or None.
    """
    marks: Row = {"status": str(store.status(run))}
    marks |= _marks_in(run.path)
    for one in operations_in(store, run):
        marks[f"runs/{one.path.name}"] = str(store.inside(run).status(one))
        marks[f"runs/{one.path.name}/output"] = _marks_in(one.path).get("output")
    marks["scalars"] = _scalars_mark(run)
    if project is not None:
        for name in ("guild.yml", "Guild"):
            with contextlib.suppress(OSError):
                about = (project / name).stat()
                marks[f"project/{name}"] = f"{about.st_size}-{about.st_mtime_ns}"
    return marks


def _marks_in(folder: Path) -> Row:
    """Give the marks of the plain files of a run; a link says nothing of what it leads to."""
    found = {os.fsdecode(one.name): one for one in list_below(folder, b"") if one.kind == "file"}
    return {name: f"{found[name].size}-{found[name].time}" for name in _PARTS if name in found}


def _scalars_mark(run: Run) -> str:
    """Say how large all event files are together."""
    files, size, seen = 0, 0, 0
    for place, _, names in () if run.files.is_symlink() else os.walk(run.files):
        seen += len(names) + 1
        for name in names:
            if "tfevents" in name:
                with contextlib.suppress(OSError):
                    size += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - many times a minute
                    files += 1
        if seen > _SEEN:
            break
    return f"{files}-{size}"


def folder_rows(root: Path, path: bytes) -> Row:
    """List a folder of a run, folders first.

    Raises:
        Unknown: There is no such folder.
    """
    found = sorted(list_below(root, path), key=lambda item: (item.kind != "folder", item.name))
    return {"path": _text(path), "total": len(found), "entries": [_entry(path, item) for item in found[:LISTED]]}


def _entry(folder: bytes, item: Found) -> Row:
    return {
        "name": _text(item.name),
        # as a parameter of an address has it: names need not be UTF-8
        "path": quote_from_bytes(folder + b"/" + item.name if folder else item.name, safe="/"),
        "kind": item.kind,
        "size": item.size,
        "changed": in_iso(item.time),
        "target": _text(item.target) or None,
    }


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")
