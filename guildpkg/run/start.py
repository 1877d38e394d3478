"""From a run that was made to its end: claim it, prepare it, start it, watch it, write down how it ended.

Every moment may be the last one of guild: what is on disk by then tells the status (`core.runs.status`). The process
ends with guild, SIGKILL included, as ``system/process/supervisor.py`` stands between; nothing of it outlives its end.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Final

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.runs.record import (
    NOBODY,
    STOPPED,
    USER,
    ExitRecord,
    Process,
    ProcessRecord,
    ResourceRow,
    RunId,
    RunRecord,
    SourceRow,
)
from guildpkg.core.runs.status import Status, ended_status
from guildpkg.errors import Busy, GuildError, Interrupted
from guildpkg.lean import dataclass
from guildpkg.run.brake import Brake, hearing_signals
from guildpkg.run.rundir import RunDir, watch_rundir
from guildpkg.run.tee import open_tee
from guildpkg.run.watchers import Watchers, beating
from guildpkg.stores.runs import Identity
from guildpkg.stores.runs_folder import Run
from guildpkg.system.process.alive import find_process, oom_kills, this_host, this_process
from guildpkg.system.process.child import Child, Flow, move
from guildpkg.system.process.protocol import never_started, pid_of, returncode
from guildpkg.system.process.start import Standby, started

BEAT: Final = 5.0
"""Seconds between two signs of life."""
_TICK: Final = 0.5
_SOON: Final = 0.01
_FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        id: The run's id.
        path: Its folder.
        code: What guild exits with: the process's exit status, or 128 and the number of the signal that ended it.
        status: What state it is in.
    """

    id: RunId
    path: Path
    code: int
    status: Status


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is made and started, beyond what is run.

    Attributes:
        identity: Who it is going to be, when that was asked for before (to name RUNDIR in its arguments).
        lay: Puts the snapshot of the source into the new folder, and says what it is.
        prepare: Called when the record is there and before the process starts: lays out what the run needs, and
            gives a row for each thing that it laid.
        finish: Called when the process has ended and its end is recorded.
        brake: Stops it from elsewhere.
        source_dirs: Folders whose Python files are read to explain a deleted RUNDIR.
        supervisor: Who is to watch over the process, when one was started before.
        rundir: RUNDIR, when it is that of another run; the recorded environment says so too.
    """

    identity: Identity | None = None
    lay: Callable[[Path], SourceRow] | None = None
    prepare: Callable[[Run], Sequence[ResourceRow]] | None = None
    finish: Callable[[Run], None] | None = None
    brake: Brake = field(default_factory=Brake)
    source_dirs: tuple[Path, ...] = ()
    supervisor: Standby | None = None
    rundir: Path | None = None


@dataclass(slots=True)
class _Watch:
    """What is at hand while a run runs."""

    run: Run
    record: RunRecord
    env: Mapping[str, str]
    now: Callable[[], int]
    report: Reporter
    options: Options
    process: ProcessRecord
    watchers: Watchers
    began: bool = False


def start(
    run: Run,
    base_env: Mapping[str, str],
    now: Callable[[], int],
    report: Reporter,
    options: Options | None = None,
) -> Ended:
    """Start a run that was made, and see it to its end.

    Args:
        run: A run that has not been started before.
        base_env: The environment that the recorded one is added to.
        now: The clock, nanoseconds since the epoch.
        report: Told of the output and of what the user should know.
        options: The rest.

    Raises:
        Busy: It was started before.
        GuildError: It cannot be prepared or started; there is a record that says so.
    """
    options = options or Options()
    process = ProcessRecord(this_process(), Process(), this_host(), now())
    record = run.record()
    watch = _Watch(run, record, base_env, now, report, options, process, Watchers(run, record, now))
    try:
        run.claim(process)
        if options.prepare is not None:
            with beating(run, now, BEAT):
                rows = options.prepare(run)
            run.write_inputs(rows)
        ended = _run(watch)
    except Busy:
        raise
    except BaseException as error:
        with contextlib.suppress(GuildError, OSError):
            run.write_end(_failure(error, watch))
        raise
    try:
        run.write_end(ended)
    except (GuildError, OSError) as error:
        report(Warn(f"how the run ended ({ended_status(ended)}) could not be recorded: {error}"))
    watch.watchers.settle()
    if options.finish is not None:
        try:
            options.finish(run)
        except (GuildError, OSError) as error:
            report(Warn(f"what the run was given could not be looked at again: {error}"))
    code = ended.code if ended.code is not None else 128 + (ended.signal or 0)
    return Ended(record.id, run.path, code, ended_status(ended))


def environment(run: Run, record: RunRecord, base_env: Mapping[str, str]) -> dict[str, str]:
    """Give the whole environment of a run's process: the base, what the record adds, and where the run lies."""
    own = {"RUNDIR": str(run.files), "RUN_DIR": str(run.files), "RUN_ID": record.id}
    return {**base_env, **own, **record.env}


def _run(watch: _Watch) -> ExitRecord:
    """Run the process and write down what comes of it; tell how it ended."""
    run, record, kills, brake = watch.run, watch.record, oom_kills(), watch.options.brake
    cwd, env, supervisor = Path(record.cwd), environment(run, record, watch.env), watch.options.supervisor
    rundir = watch_rundir(watch.options.rundir or run.files, watch.options.source_dirs)
    tee = open_tee(run.path, watch.report, watch.now)
    try:
        with (
            hearing_signals(brake),
            started(record.argv, cwd=cwd, env=env, flow=Flow(0, tee.take), supervisor=supervisor) as child,
        ):
            brake.engage(child)
            watch.began = True
            _see_through(watch, child, rundir)
            watch.began = not never_started(child)
            number = returncode(child, record.argv[0], cwd)
            return _how(number, brake.by, watch.now(), oom=oom_kills() > kills)
    finally:
        brake.release()
        tee.close()
        rundir.close(watch.report)


def _see_through(watch: _Watch, child: Child, rundir: RunDir) -> None:
    """Move output until all has ended; meanwhile beat, look and measure."""
    next_beat = 0.0
    try:
        while not child.gone and not move(child, time.monotonic() + (_TICK if watch.process.child.pid else _SOON)):
            _note_start(watch, child)
            if time.monotonic() >= next_beat:
                watch.run.beat(watch.now())
                next_beat = time.monotonic() + BEAT
            _heed_stop(watch)
            rundir.look(watch.report)
        _note_start(watch, child)
        move(child, _FOREVER)
    finally:
        watch.watchers.finish()


def _heed_stop(watch: _Watch) -> None:
    """Press the brake as often as somebody elsewhere has wished the end, and kill when patience is at its end."""
    brake = watch.options.brake
    if brake.presses < 2:
        for _ in range(brake.presses, watch.run.stop_wishes()):
            brake.press(STOPPED, signal.SIGTERM)
    brake.check()


def _note_start(watch: _Watch, child: Child) -> None:
    """Record the process as soon as it is known, once."""
    pid = pid_of(child)
    if pid and not watch.process.child.pid:
        watch.process = replace(watch.process, child=find_process(pid) or Process(pid, 0), started=watch.now())
        # a full disk is no reason to stop what runs already: the claim in process.json stands
        with contextlib.suppress(GuildError, OSError):
            watch.run.write_process(watch.process)
        watch.watchers.begin(pid)


def _how(number: int, by: str, stopped: int, *, oom: bool) -> ExitRecord:
    if number >= 0:
        return ExitRecord("exit", number, None, stopped, by)
    cause = "memory" if oom and number == -9 and not by else "signal"
    return ExitRecord(cause, None, -number, stopped, by)


def _failure(error: BaseException, watch: _Watch) -> ExitRecord:
    """Say how a run ended that guild itself gave up."""
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return ExitRecord("guild", None, None, watch.now(), USER)
    if isinstance(error, SystemExit):
        return ExitRecord("guild", None, None, watch.now(), STOPPED)
    cause = "guild" if watch.began else "start"
    return ExitRecord(cause, None, None, watch.now(), NOBODY, str(error))
