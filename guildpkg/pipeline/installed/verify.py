"""`guild verify` of what is installed: trees against their manifests, and their repair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from guildpkg.core.packages.generation import Installed
from guildpkg.install.check import Problem, check_tree
from guildpkg.install.lay import Archive, read_archive
from guildpkg.install.repair import repair
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.trusted import Indexes
from guildpkg.pipeline.installed.listing import choose
from guildpkg.pipeline.installed.store import open_store
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.downloads import Downloads

_ARCHIVE = re.compile(r"/|\.pkg\.tar\.\w+$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one package.

    Attributes:
        package: The package.
        problems: What was wrong.
        left: What still is; the same as *problems* when nothing was to be repaired.
    """

    package: Installed
    problems: tuple[Problem, ...]
    left: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "package": self.package.entry,
            "tree": self.package.tree,
            "files": self.package.files,
            "problems": [{"path": item.shown, "problem": item.word, "detail": item.detail} for item in self.problems],
            "sound": not self.left,
        }


def is_installed(word: str, setting: Setting) -> bool:
    """Tell whether a word names an installed package; one that looks like the path of an archive does not."""
    if _ARCHIVE.search(word):
        return False
    current = open_store(setting).current()
    return current.find(word) is not None or bool(current.named(word))


def chosen(words: Sequence[str], setting: Setting) -> tuple[Installed, ...]:
    """Find the packages that are meant: all of them when none is named.

    Raises:
        Unknown: One is not installed.
    """
    current = open_store(setting).current()
    return tuple(dict.fromkeys(item for word in words for item in choose(current, word))) or current.packages


def verify_installed(package: Installed, setting: Setting, *, mend: bool) -> Outcome:
    """Compare an installed package with its manifest.

    Args:
        package: The package.
        setting: The outside world.
        mend: Repair what is wrong.

    Raises:
        GuildError: It cannot be repaired.
    """
    store = open_store(setting)
    root, task = store.tree(package.tree), f"Verifying {package.entry}"
    checked = check_tree(root, package.tree, store.contents(), task=task, report=setting.report)
    if not checked.problems or not mend:
        return Outcome(package, checked.problems, checked.problems)
    with store.changing(setting.report):
        left = repair(store, package, checked, lambda item: archive_of(item, setting), setting.report)
    return Outcome(package, checked.problems, left)


def archive_of(package: Installed, setting: Setting) -> Archive | None:
    """Give the archive of an installed package, from the cache or an index; None when neither has it."""
    found = Downloads(setting.home, report=setting.report).find(package.archive)
    if found is not None:
        return read_archive(found.path, explicit=True, origin="cache", digest=found.sha256)
    with Indexes(setting) as indexes:
        for offer in indexes.releases(package.name):
            if offer.release.archive.sha256 == package.archive:
                return read_archive(indexes.obtain(offer), explicit=True, origin=offer.index, digest=package.archive)
    return None
