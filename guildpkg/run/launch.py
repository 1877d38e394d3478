"""Run a `RunSpec` to its end: the record first, then the process, then how it ended.

Every moment may be the last one of guild: what is on disk by then tells the status (`core.runs.status`). The process
ends with guild, SIGKILL included, as ``system/process/supervisor.py`` stands between; nothing of it outlives its end.
"""

from __future__ import annotations

from guildpkg.core.events import Reporter
from guildpkg.core.runs.record import Process, ProcessRecord, RunRecord
from guildpkg.core.runs.spec import RunSpec
from guildpkg.run.start import Ended, Options, start
from guildpkg.stores.runs import Identity, Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.process.alive import this_host, this_process
from guildpkg.version import VERSION

__all__ = ["Ended", "Options", "launch", "make", "start"]


def launch(spec: RunSpec, store: Runs, report: Reporter, options: Options | None = None) -> Ended:
    """Make a run and run it to its end.

    Args:
        spec: What is to be run.
        store: Where its record goes.
        report: Told of the output and of what the user should know.
        options: The rest.

    Returns:
        How it ended, also when it failed.

    Raises:
        GuildError: It could not be made, or not be started; in the second case there is a record that says so.
    """
    options = options or Options()
    return start(make(spec, store, options), spec.base_env, store.now, report, options)


def make(spec: RunSpec, store: Runs, options: Options | None = None, *, staged: bool = False) -> Run:
    """Make a run without starting it; see `launch` for the arguments.

    One that is staged is ours until it is released (`Run.release`): it is not yet what it is going to be, and if this
    guild is killed before that, it counts as killed.

    Args:
        spec: What is to be run.
        store: Where its record goes.
        options: The rest.
        staged: True when it waits for a `start` at another time, by another guild.
    """
    options = options or Options()
    identity = options.identity or store.identity()
    record = _record(spec, identity, staged=staged)
    claim = ProcessRecord(this_process(), Process(), this_host(), store.now()) if staged else None
    return store.create(record, options.lay, claim)


def _record(spec: RunSpec, identity: Identity, *, staged: bool) -> RunRecord:
    return RunRecord(
        id=identity.id,
        operation=spec.operation,
        created=identity.created,
        argv=spec.argv,
        cwd=spec.cwd or str(identity.files),
        host=this_host(),
        maker=this_process(),
        version=VERSION,
        project=spec.project,
        project_digest=spec.project_digest,
        package=spec.package,
        package_digest=spec.package_digest,
        interpreter=spec.interpreter,
        env=dict(spec.env),
        flags=spec.flags,
        resources=spec.resources,
        label=spec.label,
        tags=spec.tags,
        stats_interval=spec.stats_interval,
        output_scalars=spec.output_scalars,
        restart_of=spec.restart_of,
        from_run=spec.from_run,
        batch=spec.batch,
        trial=spec.trial,
        overrides=dict(spec.overrides),
        staged=staged,
    )
