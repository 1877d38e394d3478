"""`guild upgrade`: the newest versions of what is installed take the place of older ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from guildpkg.core.packages.generation import Installed
from guildpkg.core.packages.graph import unmet, unneeded
from guildpkg.core.recipe.model import PackageNeed
from guildpkg.install.resolve import Candidate, Unresolvable, resolve
from guildpkg.pipeline.index.trusted import Indexes
from guildpkg.pipeline.installed.install import Coming, Plan, coming_of, finder
from guildpkg.pipeline.installed.listing import choose
from guildpkg.pipeline.installed.store import open_store


def plan_upgrade(words: Sequence[str], indexes: Indexes) -> Plan:
    """Find out what can be upgraded.

    Args:
        words: Names of packages; none for all that was asked for, with all that they need.
        indexes: Where newer versions are looked for.

    Raises:
        Unknown: A package is not installed.
        Unresolvable: The newest versions cannot be had together.
        GuildError: An index cannot be read.
    """
    current = open_store(indexes.setting).current()
    before = current.packages
    names = list(dict.fromkeys(package.name for word in words for package in choose(current, word)))
    names = names or list(dict.fromkeys(package.name for package in before if package.explicit))
    fresh = frozenset(names) if words else frozenset(package.name for package in before)
    find = finder(indexes, (), before)
    chosen = _together([PackageNeed(name, SpecifierSet()) for name in names], find, fresh)
    newest = {package.name: package for package in before}
    asked = {package.name for package in before if package.explicit}
    coming = tuple(item for item in coming_of(chosen, asked) if _newer(item, newest.get(item.package.name)))
    replaced = list(dict.fromkeys(newest[item.package.name] for item in coming if item.package.name in newest))
    new_names = {item.package.name for item in coming}
    present = tuple(package for name, package in newest.items() if name in names and name not in new_names)
    return Plan(coming, present, (), before, _going(before, coming, replaced))


def _together(
    needs: Sequence[PackageNeed], find: Callable[[str], Iterable[Candidate]], fresh: frozenset[str]
) -> Collection[Candidate]:
    """Resolve needs together; where they contradict each other, each alone: what stands side by side goes on so."""
    try:
        return resolve(needs, find, fresh=fresh)
    except Unresolvable:
        if len(needs) == 1:
            raise
        apart = [resolve([need], find, fresh=fresh) for need in needs]
    return {str(item): item for chosen in apart for item in chosen}.values()


def _newer(item: Coming, old: Installed | None) -> bool:
    return old is None or Version(item.package.version) > Version(old.version)


def _going(
    before: Sequence[Installed], coming: Sequence[Coming], replaced: Sequence[Installed]
) -> tuple[Installed, ...]:
    """Say which older versions go: those that nothing which stays needs, and what only they needed."""
    after = [*before, *(item.package for item in coming)]
    gone: list[Installed] = []
    for package in replaced:
        rest = [other for other in after if other is not package]
        if len(unmet(rest)) <= len(unmet(after)):
            after, gone = rest, [*gone, package]
    idle = {package.entry for package in unneeded(before)}
    return (*gone, *(package for package in unneeded(after) if package.entry not in idle))
