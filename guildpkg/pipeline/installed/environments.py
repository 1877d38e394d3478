"""Environments of installed packages: what `[requires] python` of a package asks for, made once for all that ask so."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.core.packages.generation import Installed
from guildpkg.core.recipe.needs import python_needs
from guildpkg.environments.make import EnvironmentFailed, make
from guildpkg.environments.place import Environment, drop, environment_of, unused
from guildpkg.errors import GuildError
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.packages import Packages

__all__ = ["EnvironmentFailed", "drop", "ensure", "environment_for", "idle", "python_of"]


def environment_for(home: Path, package: Installed) -> Environment | None:
    """Say which environment a package runs in; None when it asks for nothing.

    Raises:
        GuildError: What it asks for cannot be read.
    """
    found, problems = python_needs(package.python)
    if problems:
        raise GuildError(f"{package.entry} requires what is no Python requirement: {problems[0][0]}")
    return environment_of(home, found)


def python_of(home: Path, entry: str) -> Path | None:
    """Give the Python of an installed package's own environment.

    Args:
        home: ``$GUILD_HOME``.
        entry: ``NAME-VERSION``.

    Returns:
        None when the package is not installed, asks for nothing, or its environment was not made.
    """
    try:
        package = Packages(home).current().find(entry)
        environment = environment_for(home, package) if package else None
    except GuildError:
        return None
    return environment.interpreter if environment and environment.whole else None


def ensure(packages: Iterable[Installed], setting: Setting) -> None:
    """Make the environments of packages that are not there yet.

    Raises:
        EnvironmentFailed: One cannot be made; the hint says how to go on.
    """
    for package in packages:
        environment = environment_for(setting.home, package)
        if environment is None or environment.whole:
            continue
        try:
            make(environment, setting.env, setting.report)
        except EnvironmentFailed as error:
            again = f"{package.entry} is installed; try again with guild install {package.name}=={package.version}"
            raise EnvironmentFailed(str(error), hint=f"{again}, or run it with --python") from error


def idle(store: Packages, stay: Iterable[int], report: Reporter = silent) -> tuple[Path, ...]:
    """Give the environments that no package of some generations runs in.

    Args:
        store: The store.
        stay: Numbers of the generations.
        report: Told of packages whose requirements cannot be read; such a package has no environment.
    """
    keys = set()
    for package in dict.fromkeys(package for number in stay for package in store.generation(number).packages):
        try:
            environment = environment_for(store.home, package) if package.python else None
        except GuildError as error:
            report(Warn(str(error)))
            continue
        keys |= {environment.key} if environment else set()
    return unused(store.home, keys)
