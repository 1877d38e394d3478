"""`guild install`: archives, URLs and names with ranges -> one more generation.

A plan is made without a lock and changes nothing; it is carried out on what is installed by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from guildpkg.core.packages.catalog import Release
from guildpkg.core.packages.generation import Generation, Installed
from guildpkg.core.recipe.model import PackageNeed
from guildpkg.errors import IntegrityError
from guildpkg.install.apply import Change, apply
from guildpkg.install.check import check_tree
from guildpkg.install.lay import Archive, read_archive
from guildpkg.install.repair import repair
from guildpkg.install.resolve import Candidate, resolve
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.trusted import Indexes, Offer
from guildpkg.pipeline.installed.store import open_store
from guildpkg.pipeline.installed.words import read_words
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.packages import Packages
from guildpkg.system.parallel import in_order

AT_ONCE: Final = 4
"""Downloads at a time."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A package that is to be installed.

    Attributes:
        package: What it will be.
        source: Its archive, or the release whose archive is still to be brought.
    """

    package: Installed
    source: Archive | Offer


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation would do.

    Attributes:
        coming: What is to be installed, needed ones first.
        present: What was asked for and is installed already.
        again: Archives that were named and are installed already: what is damaged of them is mended.
        before: What is installed now.
        gone: What goes, because a newer version takes its place.
    """

    coming: tuple[Coming, ...]
    present: tuple[Installed, ...]
    again: tuple[Archive, ...]
    before: tuple[Installed, ...]
    gone: tuple[Installed, ...] = ()

    @property
    def empty(self) -> bool:
        """True when there is nothing to do."""
        return not (self.coming or self.again or self.gone) and all(package.explicit for package in self.present)

    def rows(self) -> list[dict[str, Any]]:
        """Say what comes, for people and programs."""
        known = {package.entry: package for package in self.before}
        rows = []
        for item in self.coming:
            package, old = item.package, known.get(item.package.entry)
            row = {"name": package.name, "version": package.version, "size": package.size}
            more = {"explicit": package.explicit, "origin": package.origin, "replaces": old.tree if old else None}
            rows.append(row | {"download": _download(item)} | more)
        return rows


def plan(words: Sequence[str], locate: Callable[[str], Path], indexes: Indexes) -> Plan:
    """Find out what has to be installed; archives of indexes are not brought yet.

    Args:
        words: Archives, URLs, and names with ranges, as the user wrote them.
        locate: Makes a path that the user named absolute.
        indexes: Where names are looked for.

    Raises:
        UsageFault: A word is none of these.
        Unresolvable: Not all of it can be had together.
        GuildError: An archive or an index cannot be read.
    """
    before = open_store(indexes.setting).current().packages
    given, needs = read_words(words, locate, indexes.setting, offline=indexes.offline)
    find = finder(indexes, given, before)
    chosen: dict[str, Candidate] = {}
    for batch in _batches([*needs, *map(_exactly, given)]):
        chosen |= {str(item): item for item in resolve(batch, find)}
    named = {need.name for need in needs} | {archive.manifest.name for archive in given}
    present = [item.source for item in chosen.values() if isinstance(item.source, Installed) and item.name in named]
    trees = {package.tree for package in before}
    again = [archive for archive in given if archive.tree in trees]
    return Plan(coming_of(chosen.values(), named), tuple(present), tuple(again), before)


def carry_out(plan: Plan, indexes: Indexes, *, action: str = "install") -> Generation | None:
    """Install what was planned.

    Returns:
        The new generation; None when all of it was installed by then.

    Raises:
        NetworkError: An archive cannot be had; nothing is changed then.
        GuildError: See `install.apply.apply`; nothing is changed then.
    """
    setting = indexes.setting
    store = open_store(setting)
    archives = tuple(_brought(plan.coming, indexes))
    for archive in plan.again:
        _mend(store, archive, setting)
    asked = frozenset(package.entry for package in plan.present)
    gone = frozenset(package.entry for package in plan.gone)
    return apply(store, Change(action, archives, gone, asked), setting.report)


def finder(
    indexes: Indexes, given: Sequence[Archive], before: Sequence[Installed]
) -> Callable[[str], Iterable[Candidate]]:
    """Say which versions of a name there are: named archives, what is installed, what the indexes have."""

    def find(name: str) -> Iterable[Candidate]:
        own = [package for package in before if package.name == name]
        known: dict[str, Candidate] = {}
        for archive in given:
            package = archive.installed
            if package.name == name:
                source = next((old for old in own if old.tree == package.tree), archive)
                known[package.version] = _candidate(package, source, rank=2)
        for package in own:
            known.setdefault(package.version, _candidate(package, package, rank=1))
        offers = [] if any(archive.manifest.name == name for archive in given) else indexes.releases(name)
        for offer in offers:
            release = offer.release
            candidate = _candidate(package_of(offer), offer, yanked=release.yanked)
            known.setdefault(release.version, candidate)
        return known.values()

    return find


def _candidate(package: Installed, source: object, *, rank: int = 0, yanked: str | None = None) -> Candidate:
    return Candidate(package.name, Version(package.version), package.needs, rank, yanked, source)


def coming_of(chosen: Iterable[Candidate], named: Iterable[str]) -> tuple[Coming, ...]:
    """Give those of the chosen that are not installed yet; *named* were asked for."""
    names, found = frozenset(named), []
    for item in chosen:
        explicit = item.name in names
        if isinstance(item.source, Archive):
            found.append(Coming(replace(item.source, explicit=explicit).installed, item.source))
        elif isinstance(item.source, Offer):
            found.append(Coming(replace(package_of(item.source), explicit=explicit), item.source))
    return tuple(found)


def package_of(offer: Offer) -> Installed:
    """Say what a release will be once it is installed."""
    release: Release = offer.release
    return Installed(
        name=release.name,
        version=release.version,
        tree=release.manifest.sha256,
        archive=release.archive.sha256,
        origin=f"the index {offer.index}",
        requires=release.packages,
        python=release.python,
        description=release.description,
        files=release.files,
        size=release.installed_size,
    )


def _brought(coming: Sequence[Coming], indexes: Indexes) -> Iterable[Archive]:
    if all(isinstance(item.source, Archive) for item in coming):
        return [_bring(item, indexes) for item in coming]
    return in_order(lambda item: _bring(item, indexes), coming, AT_ONCE)


def _bring(item: Coming, indexes: Indexes) -> Archive:
    package, source = item.package, item.source
    if isinstance(source, Archive):
        return replace(source, explicit=package.explicit)
    path = indexes.obtain(source)
    archive = read_archive(path, explicit=package.explicit, origin=package.origin, digest=package.archive)
    if archive.tree != package.tree or archive.installed.entry != package.entry:
        hint = "do not use it; whoever published it should publish another version"
        raise IntegrityError(
            f"the archive of {package.entry} has another manifest than {package.origin} says", hint=hint
        )
    return archive


def _mend(store: Packages, archive: Archive, setting: Setting) -> None:
    """Repair what is damaged of a package that is installed and whose archive was named again."""
    package = archive.installed
    task = f"Verifying {package.entry}"
    checked = check_tree(store.tree(package.tree), package.tree, store.contents(), task=task, report=setting.report)
    if checked.problems:
        with store.changing(setting.report):
            repair(store, package, checked, lambda _: archive, setting.report)


def _download(item: Coming) -> int:
    return item.source.release.archive.size if isinstance(item.source, Offer) else 0


def _exactly(archive: Archive) -> PackageNeed:
    return PackageNeed(archive.manifest.name, SpecifierSet(f"=={archive.manifest.version}"))


def _batches(needs: Iterable[PackageNeed]) -> list[list[PackageNeed]]:
    """Part needs so that no name comes twice in one part: versions named side by side do not contradict each other."""
    batches: list[list[PackageNeed]] = []
    for need in needs:
        batch = next((batch for batch in batches if all(other.name != need.name for other in batch)), None)
        if batch is None:
            batch = []
            batches.append(batch)
        batch.append(need)
    return batches
