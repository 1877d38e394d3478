"""Runs that are made now and started later, by hand (``--stage``) or at once in the background; and their stop."""

from __future__ import annotations

import filecmp
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.events import Warn
from guildpkg.core.project.model import Steps
from guildpkg.core.runs.record import RunRecord
from guildpkg.errors import GuildError, Unknown, UsageFault
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.launch import get_ready
from guildpkg.pipeline.train.place import base_environment
from guildpkg.pipeline.train.plan import Plan
from guildpkg.pipeline.train.resources import look_again
from guildpkg.run.brake import Brake
from guildpkg.run.launch import Ended, Options, make, start
from guildpkg.stores.batches import Batches
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.process.alive import ask_to_end, this_host
from guildpkg.system.process.alone import detach

_PATIENCE: Final = 30.0
"""Seconds in which a guild in the background has to take a run over."""
_PREPARING: Final = 2.0
"""Seconds after which a run that is still being prepared is interrupted."""
_PAUSE: Final = 0.02
_NAMED: Final = 5


def stage(plan: Plan, setting: Setting) -> Run:
    """Make a run, with all that it needs, that waits to be started.

    Raises:
        UsageFault: The operation is no run of its own.
        GuildError: It could not be made, or what it needs could not be had; nothing is left then.
    """
    if isinstance(plan.operation.command, Steps) or plan.operation.run_policy != "new":
        raise UsageFault(f"{plan.title} is no run of its own, and can only be run at once")
    ready, store = get_ready(plan, setting), Runs(setting.home)
    run = make(ready.spec, store, ready.options, staged=True)
    try:
        if ready.options.prepare is not None:
            run.write_inputs(ready.options.prepare(run))
        run.release()
    except BaseException:
        store.purge(run)
        raise
    return run


def start_staged(word: str, setting: Setting) -> int:
    """Start a run that was staged, and see it to its end.

    Args:
        word: The beginning of its id, or its folder.
        setting: The outside world.

    Raises:
        Unknown: There is no such run.
        Busy: It was started before.
        GuildError: It was not staged.
    """
    return start_made(find_staged(word, setting), setting).code


def find_staged(word: str, setting: Setting) -> Run:
    """Find a run that was staged.

    Raises:
        Unknown: There is no such run.
        GuildError: It was not staged.
    """
    try:
        run = Runs(setting.home).find(word)
    except Unknown as error:
        if Batches(setting.home).has(word):
            raise Unknown(str(error), hint=f"{word} is a batch: guild run --resume {word} starts its trials") from error
        raise
    if not run.record().staged:
        raise GuildError(f"run {run.short} was not staged", hint=f"guild run --restart {run.short} does it again")
    return run


def start_made(run: Run, setting: Setting, brake: Brake | None = None) -> Ended:
    """Start a run that was staged, and see it to its end.

    Args:
        run: The run.
        setting: The outside world.
        brake: Stops it from elsewhere.

    Raises:
        Busy: It was started before.
    """
    record = run.record()
    if changed := _changed_source(run, record):
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        names = f"{', '.join(changed[:_NAMED])}{more}"
        setting.report(Warn(f"what is run has changed since run {run.short} was staged: {names}"))
    base = base_environment(setting.env, record.interpreter or sys.executable)
    options = Options(
        finish=look_again(run, setting.report),
        source_dirs=(Path(record.project),) if record.project else (),
        brake=brake or Brake(),
    )
    return start(run, base, Runs(setting.home).now, setting.report, options)


def _changed_source(run: Run, record: RunRecord) -> list[str]:
    """Name the files that are kept with a run and are not the same in its project any more."""
    kept, project = run.path / "source", Path(record.project)
    if record.package or not record.project:
        return []
    names = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file())
    return [name for name in names if not _is_same(kept / name, project / name)]


def _is_same(kept: Path, now: Path) -> bool:
    try:
        return filecmp.cmp(kept, now, shallow=False)
    except OSError:
        return False


def leave(run: Run, setting: Setting) -> None:
    """Have a guild that outlives this one start a run that was staged.

    Raises:
        GuildError: It ended before the run had begun.
    """
    go_on_alone(["run", "--start", run.path.name, "-q"], lambda: run.process() is not None, setting)


def go_on_alone(words: Sequence[str], begun: Callable[[], bool], setting: Setting) -> None:
    """Start a guild that outlives this one and its terminal, and wait until it has begun.

    Args:
        words: Its command line.
        begun: Tells whether it has.
        setting: The outside world.

    Raises:
        GuildError: It ended before.
    """
    # -P: the folder that the user stands in may have modules of any name
    child = detach([sys.executable, "-P", "-m", "guildpkg", "-H", str(setting.home), *words], stdin=b"")
    deadline = time.monotonic() + _PATIENCE
    while not begun() and time.monotonic() < deadline:
        if child.ended() and not begun():
            hint = f"guild {' '.join(words)} shows why"
            raise GuildError("the guild in the background ended before it had begun", hint=hint)
        time.sleep(_PAUSE)
    child.leave()


def stop(runs: Sequence[Run], store: Runs, *, kill: bool = False, wait: float) -> list[Run]:
    """End runs that are running, wherever their guild is, and wait for their ends.

    Args:
        runs: The runs.
        store: Where they lie.
        kill: True to end them at once; else they have the time to save what they want to.
        wait: Seconds to wait.

    Returns:
        Those that go on.
    """
    for run in runs:
        run.wish_stop(kill=kill)
    begun = time.monotonic()
    asked: set[Run] = set()
    while going := [run for run in runs if not store.status(run).over]:
        waited = time.monotonic() - begun
        for run in going:
            if waited > _PREPARING and run not in asked and store.status(run).word == "pending":
                # it is being prepared, and whoever does that may be waiting for a download
                _interrupt(run)
                asked.add(run)
        if waited > wait:
            break
        time.sleep(_PAUSE)
    return going


def _interrupt(run: Run) -> None:
    process = run.process()
    if process is not None and not run.record().batch and process.host == this_host():
        ask_to_end(process.runner)


def place_of(run: Run) -> str:
    """Name the other machine that a run is on; an empty text for this one."""
    process = run.process()
    return process.host.name if process and process.host.name != this_host().name else ""
