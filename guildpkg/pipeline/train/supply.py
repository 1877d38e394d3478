"""The resources of a planned run: which they are, what is installed for them first, what is refused beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.project.find import Listed
from guildpkg.core.project.flags import FlagValue, fill_flags
from guildpkg.core.project.model import Operation
from guildpkg.core.project.variables import fill
from guildpkg.errors import DependencyError, GuildError
from guildpkg.pipeline.project.here import installed_projects, listed_models
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.place import base_environment
from guildpkg.pipeline.train.resources import Need, Supply, check, missing_packages, needs_of

if TYPE_CHECKING:
    from guildpkg.pipeline.train.plan import Plan


def override_names(operation: Operation, holder: Listed) -> frozenset[str]:
    """Give the names by which ``NAME=PATH`` puts something in place of a resource.

    Args:
        operation: The operation that is to be run.
        holder: Its model.
    """
    own = {resource.name: resource for resource in holder.model.resources}
    names = set()
    for requirement in operation.requires:
        name = requirement.ref.rpartition("/")[2].rpartition(":")[2]
        resource = requirement.inline or own.get(name)
        names |= {name, resource.flag if resource else ""}
        if "$" in name:
            names |= {word for resource in own.values() for word in (resource.name, resource.flag)}
    return frozenset(filter(None, names))


def needs_for(
    operation: Operation,
    holder: Listed,
    known: Sequence[Listed],
    *,
    flags: Sequence[FlagValue],
    variables: Mapping[str, str],
    overrides: Mapping[str, str],
    cwd: Path,
    setting: Setting,
) -> tuple[Need, ...]:
    """Look up the resources of an operation, for the flags that it is given.

    Raises:
        Unknown: There is no such resource.
    """
    values = {**variables, **{value.flag.name: value.text for value in fill_flags(operation, flags, variables)}}

    def filled(text: str) -> str:
        return fill(text, values, operation.variables)

    if any("/" in filled(requirement.ref) for requirement in operation.requires if requirement.inline is None):
        known = (*known, *listed_models(None, Path(), installed_projects(setting.home, setting.report)))
    return needs_of(operation, holder, known, overrides=overrides, cwd=cwd, fill=filled)


def supply_of(plan: Plan, setting: Setting) -> Supply:
    """Give what a planned run is to be supplied with."""
    env = base_environment(setting.env, plan.interpreter)
    return Supply(plan.needs, setting.home, plan.interpreter, env, setting.report)


def lacking(plan: Plan, setting: Setting) -> tuple[str, ...]:
    """Name the packages, with their ranges, that a planned run requires and that are not installed."""
    return missing_packages(plan.needs, setting.home)


def install_lacking(packages: Sequence[str], locate: Callable[[str], Path], setting: Setting) -> None:
    """Install packages that a run requires.

    Args:
        packages: Names with ranges.
        locate: Makes a path that the user named absolute.
        setting: The outside world.

    Raises:
        DependencyError: They cannot be had.
    """
    from guildpkg.pipeline.index.trusted import Indexes
    from guildpkg.pipeline.installed import install

    try:
        with Indexes(setting) as indexes:
            install.carry_out(install.plan(packages, locate, indexes), indexes)
    except GuildError as error:
        names = " ".join(repr(text) if " " in text else text for text in packages)
        said = f"{', '.join(packages)} cannot be installed: {error}"
        raise DependencyError(said, hint=error.hint or f"guild install {names}") from error


def check_supply(plan: Plan, setting: Setting) -> None:
    """Refuse, before a run is made, what cannot be had whatever is waited for.

    Raises:
        DependencyError: A file, a package, a run or a path that has to be there is not.
    """
    if plan.needs:
        check(supply_of(plan, setting), Path(plan.project.dir))
