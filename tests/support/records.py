"""Runs in a store without running anything: records as a run leaves them."""

from __future__ import annotations

from pathlib import Path

from guildpkg.core.runs.record import ExitRecord, FlagRow, ProcessRecord, RunId, RunRecord
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.process.alive import this_host, this_process

START = 1_520_503_872 * 10**9


def put_run(
    home: Path,
    number: int,
    *,
    operation: str = "iris:train",
    project: str = "",
    code: int | None = 0,
    label: str = "",
    tags: tuple[str, ...] = (),
    flags: tuple[FlagRow, ...] = (FlagRow("epochs", 10, "10", "model"),),
) -> Run:
    """Make the record of a run; later numbers are newer.

    Args:
        home: ``$GUILD_HOME``.
        number: Makes its id and its time.
        operation: What was run.
        project: Its project.
        code: Exit code; None for a run that is still running, by this process.
        label: Its label.
        tags: Its tags.
        flags: Its flags.
    """
    created = START + number * 60 * 10**9
    record = RunRecord(
        id=RunId(f"{number:08x}" + "0" * 24),
        operation=operation,
        created=created,
        argv=("python", "-um", "train", "--epochs", "10"),
        cwd="",
        host=this_host(),
        maker=this_process(),
        version="1",
        project=project,
        flags=flags,
        label=label,
        tags=tags,
    )
    run = Runs(home).create(record)
    run.write_process(ProcessRecord(this_process(), this_process(), this_host(), created))
    if code is not None:
        run.write_end(ExitRecord("exit", code, None, created + 10**9))
    return run
