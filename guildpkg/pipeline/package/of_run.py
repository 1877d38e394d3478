"""A run -> the package of what it made: its files, and one that says how they came to be."""

from __future__ import annotations

import glob
import math
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from guildpkg.core.jsons import dumps
from guildpkg.core.names import check_name, split_package
from guildpkg.core.runs.record import ResourceRow, RunRecord
from guildpkg.core.runs.status import Status
from guildpkg.errors import ArchiveError, Exists, GuildError
from guildpkg.pipeline.package.implied import Implied, LeftOut, checked
from guildpkg.pipeline.package.of_project import PRIVATE, Globs, Rules, is_secret
from guildpkg.pipeline.runs.attrs import attrs_of
from guildpkg.pipeline.runs.times import in_iso
from guildpkg.recipe.template import name_from
from guildpkg.run.snapshot import UNSEEN, plan_snapshot
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

CARD: Final = "guild-run.json"
"""The file of the package that says how its files came to be."""
_GENERAL: Final = ("data", "dataset", "datasets", "input", "inputs", "train", "training", "test")
_ALL: Final = "rule: include *"
_CACHES: Final = ("__pycache__", "*/__pycache__", "*.pyc")
_STATISTICS: Final = ("op/", "sys/")
_MACHINE: Final = ("python", "platform", "cpu_model", "cpu_cores", "mem_total", "vcs_commit", "vcs_dirty")


def refuse_unfinished(run: Run, status: Status, *, allowed: bool) -> None:
    """Stop before something is packaged that a run did not bring to its end.

    Args:
        run: The run.
        status: Its state.
        allowed: Whether one that ended otherwise will do.

    Raises:
        GuildError: It is not over, or did not complete.
    """
    if not status.over:
        raise GuildError(f"run {run.short} is {status}: what it makes is not complete", hint="wait for its end")
    if status.word != "completed" and not allowed:
        hint = "--unfinished packages what it made all the same"
        raise GuildError(f"run {run.short} did not complete: {status}", hint=hint)


def suggested(run: Run) -> tuple[str, str, str]:
    """Give the model, the data set and the version that the package of a run is named after.

    Returns:
        The model's name; the data set's, empty when the run does not tell; the time at which it was made.
    """
    record = run.record()
    model = record.operation.rpartition(":")[0].rpartition("/")[2]
    if not model:
        model = record.package.rpartition("-")[0] or Path(record.project).name
    made = datetime.fromtimestamp(record.created // 10**9, UTC)
    version = f"{made:%Y%m%d}.{int(f'{made:%H%M%S}')}"
    return name_from(model.removesuffix("-src")), _data_set(run.inputs()), version


def _data_set(rows: Sequence[ResourceRow]) -> str:
    """Name the data set: after the package that it came from, else after the one resource with a telling name."""
    packages = []
    for row in rows:
        try:
            packages.append(split_package(row.source)[0])
        except ArchiveError:
            continue
    telling = [row.name for row in rows if row.name.lower() not in _GENERAL]
    found = dict.fromkeys(packages or [name_from(name) for name in telling if check_name(name_from(name)) is None])
    return next(iter(found)) if len(found) == 1 else ""


def of_run(store: Runs, run: Run, name: str, version: str, globs: Globs) -> Implied:
    """Say what the package of a run is.

    Args:
        store: The runs.
        run: One of them, which is over.
        name: Name of the package.
        version: Its version.
        globs: What the user says of files.

    Raises:
        UsageFault: Name or version are none.
        GuildError: The record of the run is damaged, or its files cannot be told.
    """
    name, version = checked(name, version)
    record = run.record()
    files, left_out = _chosen(run, globs)
    if CARD in files:
        raise Exists(f"the run made a file {CARD}, which is what guild calls its own", hint=f"--exclude {CARD}")
    made = datetime.fromtimestamp(record.created // 10**9, UTC)
    return Implied(
        name=name,
        version=version,
        about={"description": f"What {record.operation} made on {made:%Y-%m-%d}"},
        references={"run": record.id},
        files=files,
        texts={CARD: dumps(card(store, run), indent=1, sort_keys=True).encode() + b"\n"},
        left_out=left_out,
        carry=False,
    )


def _chosen(run: Run, globs: Globs) -> tuple[dict[str, Path], list[LeftOut]]:
    """Choose the files: all below RUNDIR that were not laid there for the run."""
    inputs = [glob.escape(row.path.rstrip("/")) for row in run.inputs() if not row.path.startswith("/")]
    given: Rules = tuple(("exclude", pattern) for path in inputs for pattern in (path, f"{path}/*"))
    caches: Rules = tuple(("exclude", pattern) for pattern in _CACHES)
    plan = plan_snapshot(run.files, (("include", "*"), *caches, *given, *globs.rules))
    files = {choice.path: run.files / choice.path for choice in plan.taken}
    secret = [choice.path for choice in plan.taken if choice.why == _ALL and is_secret(files[choice.path])]
    left = [choice for choice in plan.choices if not choice.taken]
    if any(choice.path == UNSEEN for choice in left):
        raise GuildError(f"run {run.short} made too many files: {left[-1].why}", hint="pack them in the script")
    laid = {pattern for _, pattern in given}
    reasons = ((choice.path, choice.why.removeprefix("rule: exclude ")) for choice in left)
    others = [LeftOut(path, "laid out for the run" if why in laid else why) for path, why in reasons]
    kept = {path: place for path, place in files.items() if path not in secret}
    return kept, [*others, *(LeftOut(path, PRIVATE) for path in secret)]


def card(store: Runs, run: Run) -> dict[str, Any]:
    """Say how a run came to what it made: nothing in it changes any more, and nothing names a place of this machine."""
    record, ended, process = run.record(), run.ended(), run.process()
    attrs = attrs_of(store, run)
    return {
        "schema": 1,
        "run": record.id,
        "operation": record.operation,
        "status": str(store.status(run)),
        "started": in_iso(process.started if process else 0),
        "stopped": in_iso(ended.stopped if ended else 0),
        "label": record.label,
        "guildpkg": record.version,
        "package": record.package or None,
        "package_digest": record.package_digest or None,
        "project": Path(record.project).name if record.project and not record.package else None,
        "project_digest": record.project_digest or None,
        "source_digest": record.source.digest or None,
        "flags": {row.name: row.comparable for row in record.flags},
        "data": [_input(row) for row in run.inputs()],
        "scalars": _scalars(store, run),
        "made_on": {key: attrs[key] for key in _MACHINE if key in attrs},
        "command": _command(record, run),
    }


def _input(row: ResourceRow) -> dict[str, Any]:
    source = os.path.basename(row.source) if row.source.startswith("/") else row.source  # noqa: PTH119
    return {"name": row.name, "path": row.path, "source": source, "sha256": row.sha256, "size": row.size}


def _scalars(store: Runs, run: Run) -> Mapping[str, Any]:
    # numpy comes with it, which a plan of a project does without
    from guildpkg.pipeline.runs.series import series_of

    latest = series_of(store, run).latest
    return {
        key: {"step": known.step, "value": known.value if math.isfinite(known.value) else None}
        for key, known in latest.items()
        if not key.startswith(_STATISTICS)
    }


def _command(record: RunRecord, run: Run) -> list[str]:
    """Write the command with the places of this machine taken out of it."""
    words = [word.replace(str(run.files), "$RUNDIR") for word in record.argv]
    places = [place for place in (record.project, str(run.path)) if place]
    for place in places:
        words = [word.replace(place, "$PROJECT_DIR" if place == record.project else "$RUN") for word in words]
    return [os.path.basename(words[0]), *words[1:]] if words else []  # noqa: PTH119
