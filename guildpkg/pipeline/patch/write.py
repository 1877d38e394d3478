"""What changes on disk when the patches of a recipe change: they, the recipe that names them, the lock, the record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from guildpkg.core.digests import sha256
from guildpkg.core.git.objects import LINK, PROGRAM
from guildpkg.core.recipe import edit as recipe_edit
from guildpkg.core.recipe.lock import format_lock
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.errors import GuildError
from guildpkg.pipeline.package.fetch import lock_of
from guildpkg.pipeline.package.lay import identity
from guildpkg.pipeline.patch.series import Series
from guildpkg.recipe.folder import LOCK, RECIPE, RecipeFolder
from guildpkg.recipe.state import STATE, Seen, State, format_state
from guildpkg.system.git.trees import Leaves, Trees


def files_of(
    folder: RecipeFolder, series: Series, patches: Mapping[str, bytes], state: State
) -> dict[str, bytes | None]:
    """Put together what is written: the patches, the recipe that names them, the lock, the record of ``src/``.

    Args:
        folder: The recipe as it is.
        series: Its patches as they are.
        patches: Its patches as they are to be, in their order; without bytes where nothing is left of one.
        state: The record of ``src/``.
    """
    text = folder.text.decode()
    own = {patch.name for patch in folder.recipe.patches}
    prepared = {source.text for source in folder.recipe.sources}
    files: dict[str, bytes | None] = {}
    for name, data in patches.items():
        if data != series.patches.get(name):
            files[name] = data or None
        if data and name not in own and name not in prepared:
            text = recipe_edit.add_word(text, "patches", name)
        elif not data:
            text = recipe_edit.remove_word(text, "patches", name)
    kept = {name: data for name, data in patches.items() if data and name not in prepared}
    return files | rewritten(folder, text, lock_files(folder, series, kept, state))


def lock_files(
    folder: RecipeFolder, series: Series, patches: Mapping[str, bytes], state: State | None
) -> dict[str, bytes | None]:
    """Give the lock for a series of patches, and the record of a ``src/`` that was laid from it, if there is one."""
    lock = lock_of(folder.lock.pins if folder.lock else series.pins, patches)
    files: dict[str, bytes | None] = {LOCK: format_lock(lock).encode()}
    if state is not None:
        files[f"logs/{STATE}"] = format_state(replace(state, laid=identity(lock)))
    return files


def rewritten(folder: RecipeFolder, text: str, files: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Add the recipe to the files that change, once it has been read again and names what the lock does.

    Raises:
        GuildError: The recipe is written in a way that we cannot edit.
    """
    patches = [patch.name for patch in read_recipe(text, RECIPE).patches]
    lock = (files.get(LOCK) or b"").decode()
    if any(f'[patch "{name}"]' not in lock for name in patches) or lock.count("[patch ") != len(patches):
        message = "GuildPkg is written in a way that its patches cannot be changed in place"
        raise GuildError(message, hint="write `patches = NAME.patch` on one line of [package], and save again")
    return dict(files) if text.encode() == folder.text else {**files, RECIPE: text.encode()}


def laid_state(trees: Trees, leaves: Leaves, laid: str) -> State:
    """Write down a tree as if it had been laid in ``src/``: what differs from it then is an edit.

    Args:
        trees: Where its files are.
        leaves: What is in it.
        laid: Name of what it was laid from.
    """
    return State(running=False, files=seen_in(trees, leaves), edited=(), beat=0, laid=laid, prepared=False)


def seen_in(trees: Trees, leaves: Leaves) -> dict[str, Seen]:
    """Give the files of a tree as the record of ``src/`` has them; no file has such a time, so their hash decides."""
    content = trees.content({id_ for _, id_ in leaves.values()})
    modes = {LINK: 0o120777, PROGRAM: 0o100755}
    return {
        os.fsdecode(path): Seen(modes.get(mode, 0o100644), len(content[id_]), 0, sha256(content[id_]))
        for path, (mode, id_) in leaves.items()
    }
