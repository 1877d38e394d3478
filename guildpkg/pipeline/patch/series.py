"""Recipe -> what its series of patches makes of its sources, patch by patch, as git trees."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from guildpkg.core.digests import GitId, sha256
from guildpkg.core.events import silent
from guildpkg.core.git.objects import FILE
from guildpkg.core.sources import Pin
from guildpkg.errors import PatchError
from guildpkg.lean import dataclass
from guildpkg.patches.apply import apply_patches
from guildpkg.pipeline.package.fetch import Wish, fetch_sources, lay_sources, staging
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import seen_files
from guildpkg.recipe.folder import RecipeFolder, patch_bytes
from guildpkg.recipe.state import Seen
from guildpkg.system.disk import room_for
from guildpkg.system.git.trees import Leaves, Trees


@dataclass(frozen=True, slots=True)
class Series:
    """The patches of a recipe, and the trees between them.

    Attributes:
        names: File names of the patches, in their order.
        patches: Their content by name.
        touched: What each of them touches: paths from ``src/``.
        states: What is in each tree: of the sources, then after each patch.
        trees: Where the trees are.
        pins: What the sources are.
        scratch: A folder of its own, which ends with the series.
    """

    names: tuple[str, ...]
    patches: Mapping[str, bytes]
    touched: tuple[tuple[str, ...], ...]
    states: tuple[Leaves, ...]
    trees: Trees
    pins: tuple[Pin, ...]
    scratch: Path

    @property
    def ids(self) -> list[GitId]:
        """The trees: of the sources, then after each patch."""
        return [self.trees.tree(state) for state in self.states]

    def top(self, name: str) -> int | None:
        """Give the place of the last patch that touches an entry of ``src/``; None when none does."""
        places = [
            at for at, paths in enumerate(self.touched) if any(p == name or p.startswith(f"{name}/") for p in paths)
        ]
        return places[-1] if places else None


@contextlib.contextmanager
def laid_series(folder: RecipeFolder, wish: Wish, setting: Setting, *, more: Sequence[str] = ()) -> Iterator[Series]:
    """Lay the sources apart from ``src/`` and apply the patches, one by one.

    Args:
        folder: The recipe, held by this process.
        wish: How sources are fetched.
        setting: The outside world.
        more: Files that may be patches which the recipe's own ``prepare`` hook applies behind the others. One of which
            nothing shows in what the last build left in ``src/`` is none of them: no hook applied it.

    Raises:
        GuildError: A source cannot be had, or a patch does not apply.
    """
    own = patch_bytes(folder)
    with staging(folder) as scratch:
        trees = Trees(scratch / "trees.git").open()
        laid = scratch / "src"
        with room_for(laid):
            laid.mkdir()
        pins = lay_sources(folder, fetch_sources(folder, wish, setting), laid, wish, replace(setting, report=silent))
        states, touched = apply_each(trees, laid, own, setting)
        patches = dict(own)
        for name in (name for name in more if name not in own):
            data, place = (folder.path / name).read_bytes(), scratch / f"with-{name}"
            place.mkdir()
            trees.lay(trees.tree(states[-1]), place)
            with contextlib.suppress(PatchError):
                (before, state), files = apply_each(trees, place, {name: data}, setting)
                if _shows(trees, before, state, seen_files(folder.logs) or {}):
                    patches[name], states, touched = data, (*states, state), (*touched, *files)
        yield Series(tuple(patches), patches, touched, states, trees, pins, scratch)


def _shows(trees: Trees, before: Leaves, after: Leaves, seen: Mapping[str, Seen]) -> bool:
    """Tell whether anything that makes *after* of *before* is to be seen in what a build left."""
    changed = {path: leaf for path, leaf in after.items() if before.get(path) != leaf}
    content = trees.content({id_ for _, id_ in changed.values()})
    for path, (mode, id_) in changed.items():
        found = seen.get(os.fsdecode(path))
        if found and found.sha256 == sha256(content[id_]) and bool(found.mode & 0o100) == (mode != FILE):
            return True
    gone = before.keys() - after.keys()
    return bool(seen) and any(os.fsdecode(path) not in seen for path in gone)


def apply_each(
    trees: Trees, laid: Path, patches: Mapping[str, bytes], setting: Setting
) -> tuple[tuple[Leaves, ...], tuple[tuple[str, ...], ...]]:
    """Apply patches to a folder and keep each state of it.

    Returns:
        The states, that of the folder as it was first; and what each patch touches.
    """
    states: list[Leaves] = [trees.read(laid)]
    touched = []
    for name, data in patches.items():
        applied = apply_patches(laid, {name: data}, git_env=setting.env, report=silent)
        states.append(trees.read(laid))
        touched.append(tuple(applied[0].files))
    return tuple(states), tuple(touched)


def result_of_series(trees: Trees, base: Leaves, patches: Mapping[str, bytes], place: Path, setting: Setting) -> GitId:
    """Apply a series to a tree, in a folder that is made, and give the tree that comes of it.

    Raises:
        PatchError: One of them does not apply.
    """
    place.mkdir()
    trees.lay(trees.tree(base), place)
    apply_patches(place, patches, git_env=setting.env, report=silent)
    return trees.tree(trees.read(place))
