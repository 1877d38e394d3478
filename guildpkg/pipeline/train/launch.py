"""Carry a plan out: make the run, see it to its end, or do what has no run of its own.

`train_plan.plan` reads and checks everything and changes nothing; what it gives is shown by previews and prompts
(`train_show`) and comes here when the user has agreed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.events import Warn
from guildpkg.core.project.find import find_operation
from guildpkg.core.project.flags import Given
from guildpkg.core.project.model import Steps
from guildpkg.core.runs.record import ResourceRow, SourceRow
from guildpkg.core.runs.spec import RunSpec
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.find import Target
from guildpkg.pipeline.train.place import WORK, Place, base_environment, place_of
from guildpkg.pipeline.train.plan import Plan, plan_target
from guildpkg.pipeline.train.spec import Command, command_of, spec_of
from guildpkg.run.launch import Options, launch
from guildpkg.run.plain import run_plain
from guildpkg.run.snapshot import lay_snapshot, plan_snapshot
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.disk import remove
from guildpkg.system.process.start import standby
from guildpkg.system.trees import copy_tree

if TYPE_CHECKING:
    from guildpkg.pipeline.train.resources import Supply


@dataclass(frozen=True, slots=True)
class Ready:
    """A run that has only to be made.

    Attributes:
        spec: What its record says.
        options: How it is made and started.
        place: Where it runs.
    """

    spec: RunSpec
    options: Options
    place: Place


def carry_out(plan: Plan, setting: Setting) -> int:
    """Run what was planned to its end.

    Returns:
        The exit code of the operation; of several the first that is not 0.

    Raises:
        GuildError: It could not be made or started; in the second case there is a record that says so.
    """
    if isinstance(plan.operation.command, Steps):
        codes = (carry_out(step, setting) for step in step_plans(plan, plan.operation.command, setting))
        return next((code for code in codes if code), 0)
    if plan.needs:
        from guildpkg.pipeline.train.supply import check_supply

        check_supply(plan, setting)
    if plan.operation.run_policy == "none":
        return _run_beside(plan, setting)
    if plan.over is not None:
        return _run_over(plan, plan.over, setting)
    # it starts while the run is being prepared and its record is written, and is told then what to run
    with standby() as supervisor:
        ready = get_ready(plan, setting)
        options = replace(ready.options, supervisor=supervisor)
        try:
            return launch(ready.spec, Runs(setting.home), setting.report, options).code
        finally:
            tidy(plan, ready.place)


def get_ready(plan: Plan, setting: Setting) -> Ready:
    """Think of a new run, and of all that belongs to it; nothing is made yet."""
    identity = Runs(setting.home).identity()
    place = place_of(plan.project, plan.operation, identity.path, tree=plan.tree)
    command = command_of(plan, place, identity.id, setting.env)
    _tell_ignored(plan, command, setting)
    supply = _supply(plan, setting)
    options = Options(
        identity=identity,
        lay=_snapshot(plan, setting.home),
        prepare=lambda run: _prepare(plan, supply, run),
        finish=supply.finish if supply else None,
        source_dirs=(Path(plan.project.dir),),
    )
    return Ready(spec_of(plan, command, place, setting.env), options, place)


def _supply(plan: Plan, setting: Setting) -> Supply | None:
    """Give what a run is to be supplied with; what that imports costs as much as all the rest."""
    if not plan.needs:
        return None
    from guildpkg.pipeline.train.supply import supply_of

    return supply_of(plan, setting)


def _prepare(plan: Plan, supply: Supply | None, run: Run) -> Sequence[ResourceRow]:
    """Lay what a run needs, once its record is there."""
    lay_work(plan, run)
    return supply.prepare(run) if supply else ()


def lay_work(plan: Plan, run: Run) -> None:
    """Give a run its private copy of the tree that it works in.

    Raises:
        DiskFull: There is no room.
    """
    place = run.path / WORK
    if plan.tree and not place.exists():
        beside = place.with_name(f".{WORK}")
        remove(beside)
        copy_tree(Path(plan.tree), beside)
        beside.rename(place)


def tidy(plan: Plan, place: Place) -> None:
    """Remove what Python compiled in the private copy of a run: no other run will look for it there."""
    if plan.tree:
        for compiled in Path(place.project).rglob("__pycache__"):
            remove(compiled)


def step_plans(plan: Plan, steps: Steps, setting: Setting) -> Iterator[Plan]:
    """Plan the operations that an operation runs one after the other, each when its turn has come."""
    project = Path(plan.project.dir)
    for step in steps.steps:
        given = tuple(Given(name, raw) for name, raw in step.flags.items())
        word = step.run if ":" in step.run or not plan.listed.model.name else f"{plan.listed.model.name}:{step.run}"
        own = [item for item in plan.known if item.project == plan.project]
        listed, operation = find_operation(word, own)
        yield plan_target(Target(listed, operation, plan.known, given), plan.wish, project, setting)


def packages_lacking(plan: Plan, setting: Setting) -> tuple[str, ...]:
    """Name the packages that a plan requires, itself or in its steps, and that are not installed."""
    from guildpkg.pipeline.train.supply import lacking

    found = dict.fromkeys(lacking(plan, setting))
    if isinstance(plan.operation.command, Steps):
        # a step may need what the one before it makes: it is looked at again when its turn has come
        with contextlib.suppress(GuildError):
            for step in step_plans(plan, plan.operation.command, setting):
                found |= dict.fromkeys(packages_lacking(step, setting))
    return tuple(found)


def _run_beside(plan: Plan, setting: Setting) -> int:
    """Run an operation that has no run, in the project's folder."""
    import tempfile  # costs a start more than is gained anywhere else

    folder = plan.project.dir
    with tempfile.TemporaryDirectory(prefix="guild-") as rundir:
        # a folder of its own and never that of the project: there are scripts that delete RUNDIR
        place = Place(rundir, folder, folder)
        command = command_of(plan, place, "", setting.env)
        _tell_ignored(plan, command, setting)
        env = {**base_environment(setting.env, plan.interpreter), **_names(place, ""), **command.env}
        if supply := _supply(plan, setting):
            from guildpkg.pipeline.train.resources import lay_plain

            lay_plain(replace(supply, env=env), Path(place.cwd))
        return run_plain(command.argv, Path(place.cwd), env, setting.report)


def _run_over(plan: Plan, run: Run, setting: Setting) -> int:
    """Run an operation that goes into the run of another: its record lies within that of the run."""
    lay_work(plan, run)
    store, place = Runs(setting.home), place_of(plan.project, plan.operation, run.path, tree=plan.tree)
    whole = run.record().id
    command, supply = command_of(plan, place, whole, setting.env), _supply(plan, setting)
    _tell_ignored(plan, command, setting)
    own = {**_names(place, whole), "EVAL_RUN_ONCE": str(int(store.status(run).over))}
    spec = replace(spec_of(plan, command, place, setting.env), env={**own, **command.env}, stats_interval=0.0)
    options = Options(
        prepare=supply.prepare if supply else None,
        finish=supply.finish if supply else None,
        source_dirs=(Path(plan.project.dir),),
        rundir=run.files,
    )
    try:
        return launch(spec, store.inside(run), setting.report, options).code
    finally:
        run.touch()
        tidy(plan, place)


def _names(place: Place, run: str) -> dict[str, str]:
    return {"RUNDIR": place.rundir, "RUN_DIR": place.rundir, "RUN_ID": run}


def _tell_ignored(plan: Plan, command: Command, setting: Setting) -> None:
    for name in command.ignored:
        setting.report(Warn(f"flag {name} is ignored: the command of {plan.operation.name} names it already"))


def _snapshot(plan: Plan, home: Path) -> Callable[[Path], SourceRow] | None:
    if not plan.operation.snapshot:
        return None
    rules = [(rule.action, rule.pattern) for rule in plan.operation.sourcecode]
    return lambda run: lay_snapshot(plan_snapshot(Path(plan.project.dir), rules), Blobs(home), run)
