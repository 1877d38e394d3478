"""`guild install`: archives, URLs and names with ranges -> one more generation.

A plan is made without a lock and changes nothing; it is carried out on what is installed by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from guildpkg.core.digests import Sha256, is_sha256
from guildpkg.core.packages import Generation, Installed
from guildpkg.core.recipe import PackageNeed
from guildpkg.core.recipe_needs import package_needs
from guildpkg.errors import GuildError, UsageFault
from guildpkg.install.apply import Change, apply
from guildpkg.install.check import check_tree
from guildpkg.install.lay import Archive, read_archive
from guildpkg.install.repair import repair
from guildpkg.install.resolve import Candidate, resolve
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.downloads import Downloads
from guildpkg.stores.packages import Packages
from guildpkg.system.download import Wanted
from guildpkg.system.transfer import shown

_ARCHIVE = re.compile(r"\.pkg\.tar\.\w+$")
_FRAGMENT = re.compile(r"#sha256=([0-9a-f]{64})$")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation would do.

    Attributes:
        archives: Archives that are here and are to be installed, needed ones first.
        present: What was asked for and is installed already.
        again: Archives that were named and are installed already: what is damaged of them is mended.
        before: What is installed now.
    """

    archives: tuple[Archive, ...]
    present: tuple[Installed, ...]
    again: tuple[Archive, ...]
    before: tuple[Installed, ...]

    @property
    def empty(self) -> bool:
        """True when there is nothing to do."""
        return not self.archives and not self.again and all(package.explicit for package in self.present)

    def rows(self) -> list[dict[str, Any]]:
        """Say what comes, for people and programs."""
        known = {package.entry: package for package in self.before}
        rows = []
        for archive in self.archives:
            new = archive.installed
            old = known.get(new.entry)
            rows.append(
                {
                    "name": new.name,
                    "version": new.version,
                    "size": new.size,
                    "explicit": new.explicit,
                    "origin": new.origin,
                    "replaces": old.tree if old else None,
                }
            )
        return rows


def open_store(setting: Setting) -> Packages:
    """Open the store of packages."""
    return Packages(setting.home, lambda: int(setting.now() * 1e9))


def plan(words: Sequence[str], locate: Callable[[str], Path], setting: Setting) -> Plan:
    """Find out what has to be installed.

    Args:
        words: Archives, URLs, and names with ranges, as the user wrote them.
        locate: Makes a path that the user named absolute.
        setting: The outside world.

    Raises:
        UsageFault: A word is none of these.
        Unresolvable: Not all of it can be had together.
        GuildError: An archive cannot be read.
    """
    before = open_store(setting).current().packages
    given: list[Archive] = []
    roots: list[PackageNeed] = []
    for word in words:
        if "://" in word:
            given.append(_fetched(word, setting))
        elif _ARCHIVE.search(word) or "/" in word or locate(word).is_file():
            given.append(_local(word, locate(word)))
        else:
            roots += _needs(word)
    chosen: dict[str, Candidate] = {}
    for batch in _batches([*roots, *map(_exactly, given)]):
        chosen |= {str(item): item for item in resolve(batch, _finder(given, before))}
    named = {need.name for need in roots} | {archive.manifest.name for archive in given}
    archives = tuple(item.source for item in chosen.values() if isinstance(item.source, Archive))
    present = [item.source for item in chosen.values() if isinstance(item.source, Installed) and item.name in named]
    trees = {package.tree for package in before}
    return Plan(archives, tuple(present), tuple(item for item in given if item.tree in trees), before)


def carry_out(plan: Plan, setting: Setting) -> Generation | None:
    """Install what was planned.

    Returns:
        The new generation; None when all of it was installed by then.

    Raises:
        GuildError: See `install.apply.apply`; nothing is changed then.
    """
    store = open_store(setting)
    for archive in plan.again:
        _mend(store, archive, setting)
    asked = frozenset(package.entry for package in plan.present)
    return apply(store, Change("install", plan.archives, asked=asked), setting.report)


def _mend(store: Packages, archive: Archive, setting: Setting) -> None:
    """Repair what is damaged of a package that is installed and whose archive was named again."""
    package = archive.installed
    task = f"Verifying {package.entry}"
    checked = check_tree(store.tree(package.tree), package.tree, store.contents(), task=task, report=setting.report)
    if checked.problems:
        with store.changing(setting.report):
            repair(store, package, checked, lambda _: archive, setting.report)


def _finder(given: Sequence[Archive], before: Sequence[Installed]) -> Callable[[str], Iterable[Candidate]]:
    """Say which versions of a name there are: named archives and what is installed."""

    def find(name: str) -> Iterable[Candidate]:
        trees = {package.entry: package for package in before}
        for archive in given:
            package = archive.installed
            if package.name == name:
                same = trees.get(package.entry)
                source = same if same and same.tree == package.tree else archive
                yield Candidate(name, Version(package.version), package.needs, 2, source=source)
        for package in before:
            if package.name == name:
                yield Candidate(name, Version(package.version), package.needs, 1, source=package)

    return find


def _exactly(archive: Archive) -> PackageNeed:
    return PackageNeed(archive.manifest.name, SpecifierSet(f"=={archive.manifest.version}"))


def _batches(needs: Iterable[PackageNeed]) -> list[list[PackageNeed]]:
    """Part needs so that no name comes twice in one part: versions named side by side do not contradict each other."""
    batches: list[list[PackageNeed]] = []
    for need in needs:
        free = (batch for batch in batches if all(other.name != need.name for other in batch))
        batch = next(free, None)
        if batch is None:
            batch = []
            batches.append(batch)
        batch.append(need)
    return batches


def _needs(word: str) -> tuple[PackageNeed, ...]:
    found, problems = package_needs(word)
    if problems or not found:
        problem, hint = problems[0] if problems else (f"{word!r} names no package", "")
        raise UsageFault(problem, hint=hint or "name a package, an archive or a URL")
    return found


def _local(word: str, path: Path) -> Archive:
    if not path.is_file():
        hint = "a folder is no archive: `guild package` makes one" if path.is_dir() else "look at the path"
        raise GuildError(f"there is no archive {word}", hint=hint)
    return read_archive(path, explicit=True, origin=str(path))


def _fetched(word: str, setting: Setting) -> Archive:
    pinned = _FRAGMENT.search(word)
    url = word.partition("#")[0]
    digest = Sha256(pinned[1]) if pinned else None
    if "#" in word and (digest is None or not is_sha256(digest)):
        raise UsageFault(f"{shown(url)}: what stands behind # is not sha256=DIGEST")
    cached = Downloads(setting.home, report=setting.report).get(Wanted(url, digest))
    return read_archive(cached.path, explicit=True, origin=shown(url), digest=cached.sha256)
