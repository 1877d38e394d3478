"""Who needs whom among installed packages: pure rules over what a generation holds.

A need is met by the newest installed version in its range; other versions of that name are not held by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guildpkg.core.packages.generation import Installed
from guildpkg.core.recipe.model import PackageNeed
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """One package needs another.

    Attributes:
        by: Who needs it.
        need: What it asks for.
        of: What meets the need; None when nothing that is installed does.
    """

    by: Installed
    need: PackageNeed
    of: Installed | None


def meets(package: Installed, need: PackageNeed) -> bool:
    """Tell whether a package is what a need asks for; pre-releases are, when somebody installed them."""
    return package.name == need.name and need.range.contains(package.version, prereleases=True)


def server(need: PackageNeed, packages: Iterable[Installed]) -> Installed | None:
    """Give the newest package that meets a need."""
    found = [package for package in packages if meets(package, need)]
    return max(found, key=lambda package: package.order, default=None)


def links(packages: Sequence[Installed]) -> tuple[Link, ...]:
    """Give every need of every package, with what meets it."""
    return tuple(Link(by, need, server(need, packages)) for by in packages for need in by.needs)


def unmet(packages: Sequence[Installed]) -> tuple[Link, ...]:
    """Give the needs that nothing meets."""
    return tuple(link for link in links(packages) if link.of is None)


def unneeded(packages: Sequence[Installed]) -> tuple[Installed, ...]:
    """Give the packages that nobody asked for and that no package which stays needs, also by way of others."""
    all_links = links(packages)
    held = {package.entry for package in packages if package.explicit}
    grown = True
    while grown:
        more = {link.of.entry for link in all_links if link.of and link.by.entry in held} - held
        held |= more
        grown = bool(more)
    return tuple(package for package in packages if package.entry not in held)


def without(packages: Sequence[Installed], gone: Sequence[Installed]) -> tuple[tuple[Installed, ...], tuple[Link, ...]]:
    """Take packages away, and with them those that only they needed.

    Returns:
        All that goes, and the needs of what stays that would no longer be met.
    """
    entries = {package.entry for package in gone}
    idle = {package.entry for package in unneeded(packages)} - entries
    rest = [package for package in packages if package.entry not in entries]
    lost = {link.by.entry + str(link.need) for link in unmet(packages)}
    broken = tuple(link for link in unmet(rest) if link.by.entry + str(link.need) not in lost)
    useless = [package for package in unneeded(rest) if package.entry not in idle]
    return (*gone, *useless), broken


def reasons(package: Installed, packages: Sequence[Installed]) -> tuple[tuple[Link, ...], ...]:
    """Give of each package that the user asked for the shortest chain of needs down to *package*, shortest first.

    A package that the user asked for has the empty chain among them. All chains would be far too many: where packages
    need one another in layers, their number doubles with every layer.
    """
    all_links = links(packages)
    found: list[tuple[Link, ...]] = []
    seen = {package.entry}
    ahead: list[tuple[Installed, tuple[Link, ...]]] = [(package, ())]
    while ahead:
        at, chain = ahead.pop(0)
        if at.explicit:
            found.append(chain)
        for link in all_links:
            if link.of is at and link.by.entry not in seen:
                seen.add(link.by.entry)
                ahead.append((link.by, (link, *chain)))
    return tuple(found)
