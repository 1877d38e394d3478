"""Start a run: from what the user wants to how it ended.

`plan` reads and checks everything and changes nothing; `carry_out` makes the run and sees it to its end. What lies
between is one `Plan`, which previews, prompts and ``--json`` show.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from guildpkg.core.events import Warn
from guildpkg.core.flag_args import Arguments, arguments
from guildpkg.core.flags import FlagValue, Given, fill_flags, lay_flags, settle_flags
from guildpkg.core.project import Operation, Project, PythonModule, Steps
from guildpkg.core.project_find import Listed, find_operation
from guildpkg.core.project_values import raw_of
from guildpkg.core.runs import FlagRow, RunSpec, SourceRow
from guildpkg.core.variables import fill
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train_find import Target, Wish, find_target
from guildpkg.pipeline.train_place import (
    Place,
    base_environment,
    gpu_variables,
    interpreter_of,
    own_environment,
    package_folder,
    place_of,
)
from guildpkg.run.launch import Options, launch
from guildpkg.run.plain import run_plain
from guildpkg.run.snapshot import lay_snapshot, plan_snapshot
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs

STATS_INTERVAL = 5.0
"""Seconds between statistics where the project does not say."""
PREVIEWED = "$RUNDIR"
"""What stands for RUNDIR before there is a run."""


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
        GuildError: There is no such interpreter.
    """
    return plan_target(find_target(wish, cwd, setting), wish, cwd, setting)


def plan_target(target: Target, wish: Wish, cwd: Path, setting: Setting) -> Plan:
    """Check what is given to an operation that was found; see `plan`."""
    operation, project = target.operation, target.listed.project
    given, overrides = _overrides(operation, target.given)
    laid = lay_flags(operation, wish.profiles, given)
    flags = settle_flags(operation, laid, _absolute(Path(project.dir), cwd))
    package = str(package_folder(project)) if project.installed else str(setting.home / "packages")
    variables = {**gpu_variables(wish.gpus, setting.env), "PKGHOME": package}
    return Plan(
        listed=target.listed,
        operation=operation,
        known=target.known,
        flags=flags,
        overrides=overrides,
        interpreter=interpreter_of(wish.python, setting.env, cwd),
        label=operation.label if wish.label is None else wish.label,
        tags=tuple(dict.fromkeys((*operation.tags, *wish.tags))),
        variables=variables,
        wish=wish,
    )


def _overrides(operation: Operation, given: Sequence[Given]) -> tuple[list[Given], dict[str, str]]:
    """Take out of what is given what stands in for a resource; a flag of the same name counts more."""
    names = set()
    for requirement in operation.requires:
        names.add(requirement.ref.rpartition("/")[2].rpartition(":")[2])
        if requirement.inline is not None:
            names.add(requirement.inline.flag or requirement.inline.name)
    flags, resources = [], {}
    for word in given:
        if word.name in names and word.raw is not None and operation.flag(word.name) is None:
            resources[word.name] = word.raw
        else:
            flags.append(word)
    return flags, resources


def _absolute(project: Path, cwd: Path) -> Callable[[str, str], str]:
    """Make paths absolute: what is typed is relative to where the user stands, what is written to the project."""

    def make(path: str, layer: str) -> str:
        base = cwd if layer == "cmdline" else project
        return os.path.normpath(base / os.path.expanduser(path))  # noqa: PTH111 - as a shell does it

    return make


@dataclass(frozen=True, slots=True)
class Command:
    """What a plan comes to in a place: the process that is started.

    Attributes:
        argv: Program and arguments.
        env: What is added to the environment.
        flags: The flags with their variables filled in.
        label: The run's label.
        ignored: Flags that the command names already.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    flags: tuple[FlagValue, ...]
    label: str
    ignored: tuple[str, ...] = ()


def command_of(plan: Plan, place: Place, run: str, env: Mapping[str, str]) -> Command:
    """Fill in the names of a run.

    Args:
        plan: What is to be run.
        place: Where.
        run: The run's id.
        env: The caller's environment.
    """
    operation = plan.operation
    variables = {**plan.variables, "RUNDIR": place.rundir, "RUN_DIR": place.rundir, "RUN_ID": run}
    flags = fill_flags(operation, plan.flags, variables)
    found: Arguments = arguments(operation, flags, variables)
    python = (plan.interpreter, "-um", operation.command.name) if isinstance(operation.command, PythonModule) else ()
    known = {**variables, **{value.flag.name: value.text for value in flags}}
    return Command(
        argv=(*python, *found.words),
        env=own_environment(operation, flags, place, variables, env),
        flags=flags,
        label=fill(plan.label, known, "yaml") if plan.wish.label is None else plan.label,
        ignored=found.ignored,
    )


def carry_out(plan: Plan, setting: Setting) -> int:
    """Run what was planned to its end.

    Returns:
        The exit code of the operation.

    Raises:
        GuildError: It could not be made or started; in the second case there is a record that says so.
    """
    if isinstance(plan.operation.command, Steps):
        codes = (carry_out(step, setting) for step in step_plans(plan, plan.operation.command, setting))
        return next((code for code in codes if code), 0)
    if plan.operation.run_policy == "none":
        return _run_plain(plan, setting)
    store = Runs(setting.home)
    identity = store.identity()
    place = place_of(plan.project, plan.operation, identity.path)
    command = command_of(plan, place, identity.id, setting.env)
    for name in command.ignored:
        setting.report(Warn(f"flag {name} is ignored: the command of {plan.operation.name} names it already"))
    options = Options(
        identity=identity,
        lay=_snapshot(plan, setting.home),
        source_dirs=(Path(plan.project.dir),),
    )
    return launch(spec_of(plan, command, place, setting.env), store, setting.report, options).code


def step_plans(plan: Plan, steps: Steps, setting: Setting) -> Iterator[Plan]:
    """Plan the operations that an operation runs one after the other, each when its turn has come."""
    project = Path(plan.project.dir)
    for step in steps.steps:
        given = tuple(Given(name, raw) for name, raw in step.flags.items())
        word = step.run if ":" in step.run or not plan.listed.model.name else f"{plan.listed.model.name}:{step.run}"
        own = [item for item in plan.known if item.project == plan.project]
        listed, operation = find_operation(word, own)
        yield plan_target(Target(listed, operation, plan.known, given), plan.wish, project, setting)


def _run_plain(plan: Plan, setting: Setting) -> int:
    """Run an operation that has no run of its own, in the project's folder."""
    folder = plan.project.dir
    with tempfile.TemporaryDirectory(prefix="guild-") as rundir:
        # a folder of its own and never that of the project: there are scripts that delete RUNDIR
        command = command_of(plan, Place(rundir, folder, folder), "", setting.env)
        own = {"RUNDIR": rundir, "RUN_DIR": rundir, **command.env}
        env = {**base_environment(setting.env, plan.interpreter), **own}
        return run_plain(command.argv, Path(folder), env, setting.report)


def spec_of(plan: Plan, command: Command, place: Place, env: Mapping[str, str]) -> RunSpec:
    """Write down what is to be run."""
    operation, project = plan.operation, plan.project
    name = f"{plan.listed.model.name}:{operation.name}" if plan.listed.model.name else operation.name
    uses_python = isinstance(operation.command, PythonModule)
    return RunSpec(
        operation=name,
        argv=command.argv,
        cwd=place.cwd,
        base_env=base_environment(env, plan.interpreter),
        env=command.env,
        project=project.dir,
        project_digest=project_digest(project),
        package=project.installed,
        package_digest=package_digest(project),
        interpreter=plan.interpreter if uses_python else "",
        flags=flag_rows(command.flags),
        label=command.label,
        tags=plan.tags,
        stats_interval=STATS_INTERVAL if operation.stats_interval is None else operation.stats_interval,
    )


def flag_rows(values: Sequence[FlagValue]) -> tuple[FlagRow, ...]:
    """Write flags as a record has them."""
    return tuple(
        FlagRow(v.flag.name, raw_of(v.value) if isinstance(v.value, tuple) else v.value, v.raw, v.layer) for v in values
    )


def project_digest(project: Project) -> str:
    """Hash the project files, by name and content, those that were included too."""
    whole = hashlib.sha256()
    base = os.path.dirname(project.files[0])  # noqa: PTH120 - as the user knows it
    for name in sorted(os.path.relpath(file, base or ".") for file in project.files):
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0")
        whole.update(hashlib.sha256((Path(project.dir) / name).read_bytes()).digest())
    return whole.hexdigest()


def package_digest(project: Project) -> str:
    """Give the digest by which the store knows an installed package; empty without one."""
    if not project.installed:
        return ""
    name = package_folder(project).resolve().name
    if re.fullmatch(r"[0-9a-f]{64}", name):
        return name
    manifest = package_folder(project) / ".GuildPkg"
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else ""


def _snapshot(plan: Plan, home: Path) -> Callable[[Path], SourceRow] | None:
    if not plan.operation.snapshot:
        return None
    rules = [(rule.action, rule.pattern) for rule in plan.operation.sourcecode]
    return lambda run: lay_snapshot(plan_snapshot(Path(plan.project.dir), rules), Blobs(home), run)
