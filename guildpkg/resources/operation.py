"""Sources ``operation``: what the latest run of an operation wrote, or the run that the user names.

What was laid into that run for it is left out, unless a pattern selects it: it is not what the run made.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Final

from guildpkg.core.events import Step, Warn
from guildpkg.core.runs.status import Status
from guildpkg.errors import DependencyError, GuildError, Unknown
from guildpkg.resources.request import Ask, File, Found, Owner
from guildpkg.resources.walk import files_below
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary

USABLE: Final = ("completed", "running", "terminated")
"""Statuses of runs whose files are taken."""
_HEX: Final = re.compile(r"[0-9a-f]{4,32}")


def find(ask: Ask) -> Found:
    """See `table.find`."""
    run = latest(ask)
    if run is None:
        name = ask.need.owner.operation(ask.source.value)
        resource = ask.need.resource
        hint = ask.source.help or f"run it first: guild run {name}; or name a run: {resource.flag or resource.name}=RUN"
        raise DependencyError(f"no suitable run for {name}", hint=hint)
    ask.world.report(Step(f"Using output from run {run.short} for {ask.need.resource.name} resource"))
    return output_of(run, ask)


def latest(ask: Ask) -> Run | None:
    """Find the newest run of an operation whose files can be taken; None when there is none."""
    name, owner, runs = ask.need.owner.operation(ask.source.value), ask.need.owner, ask.world.runs
    for summary in runs.summaries():
        place = runs.folder / summary.name
        same = summary.operation == name and _same_project(summary, owner)
        if same and summary.status.word in USABLE and place != ask.world.run:
            return Run(place)
    return None


def _same_project(summary: Summary, owner: Owner) -> bool:
    if owner.package:
        return summary.package.rpartition("-")[0] == owner.package.rpartition("-")[0]
    return bool(summary.project) and Path(summary.project) == owner.project


def named(text: str, ask: Ask) -> Run | None:
    """Find the run that the user names by its id, its folder's name or its folder; None when it names none.

    Raises:
        Unknown: It means several runs.
    """
    path, runs = Path(ask.need.cwd, text), ask.world.runs
    if path.parent == runs.folder and (path / "run.json").is_file():
        return Run(path)
    if not _HEX.fullmatch(text) and not re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", text):
        return None
    with contextlib.suppress(Unknown):
        return runs.find(text, runs.all())
    return None


def output_of(run: Run, ask: Ask) -> Found:
    """Give the files of a run."""
    _check(run, ask)
    files = files_below(run.files, ask.world.limits, ask.world.report)
    if not ask.source.select:
        files = _made(run, files)
    return Found(files, f"run:{run.record().id}")


def _check(run: Run, ask: Ask) -> None:
    status: Status = ask.world.runs.status(run)
    if status.word == "running":
        ask.world.report(Warn(f"run {run.short} is still running: what is taken from it may be unfinished"))
    if not run.files.is_dir():
        raise DependencyError(f"run {run.short} has no files any more")


def _made(run: Run, files: tuple[File, ...]) -> tuple[File, ...]:
    """Leave out what was laid into a run."""
    with contextlib.suppress(GuildError):
        if Path(run.record().cwd) == run.files:
            given = {row.path for row in run.inputs()}
            return tuple(file for file in files if not _given(file.path, given))
    return files


def _given(path: str, given: set[str]) -> bool:
    parts = path.split("/")
    return any("/".join(parts[:depth]) in given for depth in range(1, len(parts) + 1))
