"""What the user wants -> a `Plan`: all that can be known and checked before there is a run. Nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.project.find import Listed
from guildpkg.core.project.flags import FlagValue, Given, Layers, PathOf, lay_flags, settle_flags
from guildpkg.core.project.model import Operation, Project
from guildpkg.core.runs.trials import trials
from guildpkg.errors import Fault, FlagError
from guildpkg.lean import dataclass
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.find import Target, Wish, find_target
from guildpkg.pipeline.train.place import check_python, gpu_variables, interpreter_of, package_folder, tree_of
from guildpkg.stores.runs_folder import Run

if TYPE_CHECKING:
    from guildpkg.pipeline.train.resources import Need


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a run has to do with others.

    Attributes:
        project: The project folder that the record names, when the code comes from elsewhere.
        restart_of: Run that it does again.
        from_run: Run whose code, flags and data it takes.
        batch: Batch that it belongs to.
        trial: Its number there, from 1.
    """

    project: str = ""
    restart_of: str = ""
    from_run: str = ""
    batch: str = ""
    trial: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One run that could be started.

    Attributes:
        listed: The model.
        operation: What is run.
        known: Every model that can be named from here, for the resources.
        flags: The flags, typed and checked, their variables not filled in yet.
        overrides: Resource name to the path, run or folder that stands in for it.
        interpreter: The Python that runs it.
        label: Label of the run.
        tags: Its tags.
        variables: Variables that stand for themselves, without those that name the run.
        wish: What the user said.
        tree: Folder of which the run gets a private copy, with the project in it; empty for none.
        over: The run that it goes into, when it is none of its own.
        needs: The resources that it requires.
        lineage: What it has to do with other runs.
        trials: The flags of each trial when it is a batch; empty when it is one run.
    """

    listed: Listed
    operation: Operation
    known: tuple[Listed, ...]
    flags: tuple[FlagValue, ...]
    overrides: Mapping[str, str]
    interpreter: str
    label: str
    tags: tuple[str, ...]
    variables: Mapping[str, str]
    wish: Wish
    tree: str = ""
    over: Run | None = None
    needs: tuple[Need, ...] = ()
    lineage: Lineage = Lineage()
    trials: tuple[tuple[FlagValue, ...], ...] = ()

    @property
    def project(self) -> Project:
        """The project."""
        return self.listed.project

    @property
    def title(self) -> str:
        """The operation as the user knows it: ``./iris:train``."""
        return self.listed.operation(self.operation.name)


def plan(wish: Wish, cwd: Path, setting: Setting) -> Plan:
    """Find out what is to be run, and check it; nothing is changed.

    Raises:
        Unknown: There is no such model or operation.
        FlagError: Flags cannot have the values that they are given.
        ProjectError: The project file is not sound.
        Unknown: It requires a resource that there is not.
        GuildError: There is no such interpreter.
    """
    return plan_target(find_target(wish, cwd, setting), wish, cwd, setting)


def plan_target(target: Target, wish: Wish, cwd: Path, setting: Setting) -> Plan:
    """Check what is given to an operation that was found; see `plan`."""
    operation, project = target.operation, target.listed.project
    given, overrides = _overrides(operation, target, cwd)
    layers = lay_flags(operation, wish.profiles, given)
    rows = _rows(target, cwd)
    found = _settle_all(operation, trials(layers, rows, syntax=operation.variables), _absolute(Path(project.dir), cwd))
    flags = found[0]
    package = str(package_folder(project)) if project.installed else str((setting.home / "packages").resolve())
    variables = {**gpu_variables(wish.gpus, setting.env), "PKGHOME": package}
    tree = tree_of(project, operation)
    if project.installed and not tree and os.access(package, os.W_OK):
        # installed trees are read-only, but not for root, for whom Python would write what it compiles into them
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
    interpreter = interpreter_of(wish.python, setting.env, cwd, _own_python(project, setting))
    check_python(operation, interpreter)
    return Plan(
        listed=target.listed,
        operation=operation,
        known=target.known,
        flags=flags,
        overrides=overrides,
        interpreter=interpreter,
        label=operation.label if wish.label is None else wish.label,
        tags=tuple(dict.fromkeys((*operation.tags, *wish.tags))),
        variables=variables,
        wish=wish,
        needs=_needs(target, flags, variables, overrides, setting),
        trials=found if rows or len(found) > 1 else (),
        tree=tree,
        over=_over(target, wish, cwd, setting),
    )


# What follows imports what it needs when it needs it: for most runs that is nothing, and it is half of the start-up.


def _rows(target: Target, cwd: Path) -> list[Mapping[str, str]]:
    """Read the files with the flags of a batch."""
    if not target.files:
        return []
    from guildpkg.pipeline.train.files import read_rows

    return [row for file in target.files for row in read_rows(cwd / file, file)]


def _own_python(project: Project, setting: Setting) -> str:
    """Give the interpreter of an installed package's own environment; empty when it has none."""
    if not project.installed:
        return ""
    from guildpkg.pipeline.installed.environments import python_of

    return str(python_of(setting.home, project.installed) or "")


def _over(target: Target, wish: Wish, cwd: Path, setting: Setting) -> Run | None:
    """Find the run that an operation goes into; None when it makes one of its own."""
    if target.operation.run_policy != "overlay":
        return None
    from guildpkg.pipeline.train.over import run_to_go_into

    return run_to_go_into(target, wish, cwd, setting)


def _needs(
    target: Target,
    flags: tuple[FlagValue, ...],
    variables: Mapping[str, str],
    overrides: Mapping[str, str],
    setting: Setting,
) -> tuple[Need, ...]:
    """Look up the resources of an operation; what stands in for them is absolute already."""
    if not target.operation.requires:
        return ()
    from guildpkg.pipeline.train.supply import needs_for

    return needs_for(
        target.operation,
        target.listed,
        target.known,
        flags=flags,
        variables=variables,
        overrides=overrides,
        cwd=Path(),
        setting=setting,
    )


def _settle_all(operation: Operation, layers: Sequence[Layers], path_of: PathOf) -> tuple[tuple[FlagValue, ...], ...]:
    """Read and check the flags of every trial; what is wrong in several is told once."""
    found, faults = [], dict[Fault, None]()
    for item in layers:
        try:
            found.append(settle_flags(operation, item, path_of))
        except FlagError as error:
            faults.update(dict.fromkeys(error.faults))
    if faults:
        raise FlagError(faults)
    return tuple(found)


def trial_plan(plan: Plan, flags: tuple[FlagValue, ...], batch: str, number: int, setting: Setting) -> Plan:
    """Plan one trial of a batch.

    Args:
        plan: The batch.
        flags: The flags of the trial.
        batch: Id of the batch.
        number: The trial's number, from 1.
        setting: The outside world.
    """
    target = Target(plan.listed, plan.operation, plan.known)
    needs = _needs(target, flags, plan.variables, plan.overrides, setting)
    return replace(plan, flags=flags, needs=needs, trials=(), lineage=replace(plan.lineage, batch=batch, trial=number))


def _overrides(operation: Operation, target: Target, cwd: Path) -> tuple[list[Given], dict[str, str]]:
    """Take out of what is given what stands in for a resource; a flag of the same name counts more."""
    if not operation.requires:
        return list(target.given), {}
    from guildpkg.pipeline.train.supply import override_names

    names = override_names(operation, target.listed)
    flags, resources = [], {}
    for word in target.given:
        if word.name in names and word.raw is not None and operation.flag(word.name) is None:
            resources[word.name] = str(cwd / word.raw) if word.raw and (cwd / word.raw).exists() else word.raw
        else:
            flags.append(word)
    return flags, resources


def _absolute(project: Path, cwd: Path) -> Callable[[str, str], str]:
    """Make paths absolute: what is typed is relative to where the user stands, what is written to the project."""

    def make(path: str, layer: str) -> str:
        base = cwd if layer == "cmdline" else project
        return os.path.normpath(base / os.path.expanduser(path))  # noqa: PTH111 - as a shell does it

    return make
