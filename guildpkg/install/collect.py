"""What can go: generations that nobody goes back to, trees that none of the others names, contents of no tree.

In: the numbers of the generations that stay. Each thing goes by itself and nothing that stays depends on it, so a kill
at any moment leaves less to do for the next time.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from guildpkg.core.archive.manifest_reader import parse_manifest
from guildpkg.core.digests import Sha256, is_sha256
from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.core.packages.generation import Generation, GenerationError
from guildpkg.errors import GuildError
from guildpkg.install.check import sound_manifest
from guildpkg.lean import dataclass
from guildpkg.stores.packages import Packages

if TYPE_CHECKING:
    from guildpkg.stores.contents import Contents


@dataclass(frozen=True, slots=True)
class Garbage:
    """What can go.

    Attributes:
        generations: Numbers of generations, damaged ones among them.
        trees: Names of trees.
        contents: How many contents.
        size: Bytes that become free.
    """

    generations: tuple[int, ...] = ()
    trees: tuple[str, ...] = ()
    contents: int = 0
    size: int = 0

    @property
    def empty(self) -> bool:
        """True when there is nothing that can go."""
        return not (self.generations or self.trees or self.contents)


def staying(history: Collection[Generation], current: int, *, keep: int, since: int | None) -> frozenset[int]:
    """Say which generations stay.

    Args:
        history: All that are sound.
        current: Number of the current one.
        keep: How many of the newest stay.
        since: Nanoseconds since the epoch: what was current then or later stays; None when there is no such time.
    """
    newest = sorted((item.number for item in history), reverse=True)
    stay = {current, *newest[:keep]}
    if since is not None:
        earlier = [item.number for item in history if item.time <= since]
        first = max(earlier, default=0)
        stay |= {number for number in newest if number >= first}
    return frozenset(stay)


def find_garbage(store: Packages, stay: Collection[int], report: Reporter = silent) -> Garbage:
    """Find what can go.

    Args:
        store: The store.
        stay: Numbers of the generations that stay.
        report: Hears of what is damaged.
    """
    goners = tuple(number for number in store.numbers() if number and number not in stay)
    named = _trees_of(store, stay)
    trees = tuple(sorted(name for name in store.tree_names() if name not in named))
    wanted = _contents_of(store, named, report)
    if wanted is None:
        return Garbage(goners, trees)
    sizes = [size for name, size in store.contents().sizes() if name not in wanted]
    return Garbage(goners, trees, len(sizes), sum(sizes))


def collect(store: Packages, stay: Collection[int], report: Reporter = silent) -> None:
    """Remove what can go, while the lock of the store is held."""
    garbage = find_garbage(store, stay, report)
    for number in garbage.generations:
        store.drop(number)
    for name in garbage.trees:
        store.drop_tree(name)
    named = _trees_of(store, stay)
    wanted = _contents_of(store, named, report)
    if wanted is not None:
        contents: Contents = store.contents()
        contents.drop_all_but(wanted)


def _trees_of(store: Packages, stay: Collection[int]) -> frozenset[str]:
    found: set[str] = set()
    for number in stay:
        try:
            found |= {package.tree for package in store.generation(number).packages}
        except GenerationError as error:
            hint = "go back to a sound generation first: guild rollback"
            raise GuildError(f"generation {number} is damaged, so what it needs is not known", hint=hint) from error
    return frozenset(found)


def _contents_of(store: Packages, trees: Collection[str], report: Reporter) -> frozenset[str] | None:
    """Name the contents of trees; None when a manifest is damaged, so that nothing can be said."""
    contents = store.contents()
    found: set[str] = set()
    for name in trees:
        assert is_sha256(name), name
        text = sound_manifest(store.tree(Sha256(name)), Sha256(name), contents)
        if text is None:
            report(Warn(f"the manifest of {store.tree(Sha256(name))} is damaged: no content is removed"))
            return None
        found.add(name)
        for entry in parse_manifest(text, name=name).files:
            if entry.kind == "file":
                found.add(f"{entry.sha256}.x" if entry.executable else entry.sha256)
    return frozenset(found)
