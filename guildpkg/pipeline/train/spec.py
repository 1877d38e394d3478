"""A plan and a place -> the command that is started, and what the record says of it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from guildpkg.core.project.flag_args import Arguments, arguments
from guildpkg.core.project.flags import FlagValue, fill_flags
from guildpkg.core.project.model import Project, PythonModule
from guildpkg.core.project.values import raw_of
from guildpkg.core.project.variables import fill
from guildpkg.core.runs.record import FlagRow, OutputScalar
from guildpkg.core.runs.spec import RunSpec
from guildpkg.lean import dataclass
from guildpkg.pipeline.train.place import Place, base_environment, own_environment, package_folder
from guildpkg.pipeline.train.plan import Plan

STATS_INTERVAL = 5.0
"""Seconds between statistics where the project does not say."""


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


def spec_of(plan: Plan, command: Command, place: Place, env: Mapping[str, str]) -> RunSpec:
    """Write down what is to be run."""
    operation, project = plan.operation, plan.project
    name = f"{plan.listed.model.name}:{operation.name}" if plan.listed.model.name else operation.name
    return RunSpec(
        operation=name,
        argv=command.argv,
        cwd=place.cwd,
        base_env=base_environment(env, plan.interpreter),
        env=command.env,
        project=plan.lineage.project or project.known_as,
        project_digest=project_digest(project),
        package=project.installed,
        package_digest=package_digest(project),
        interpreter=plan.interpreter,
        flags=flag_rows(command.flags),
        label=command.label,
        tags=plan.tags,
        restart_of=plan.lineage.restart_of,
        from_run=plan.lineage.from_run,
        batch=plan.lineage.batch,
        trial=plan.lineage.trial,
        overrides=plan.overrides,
        stats_interval=STATS_INTERVAL if operation.stats_interval is None else operation.stats_interval,
        output_scalars=tuple(OutputScalar(*item) for item in operation.output_scalars),
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
