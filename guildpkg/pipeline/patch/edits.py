"""`guild patch begin`, `status`, `list`, `show` and `drop`: the patches of a recipe, and the edits that become some."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from guildpkg.core.patches.dep3 import description_of
from guildpkg.core.patches.diffs import changed_lines
from guildpkg.core.recipe import edit as recipe_edit
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Exists, GuildError, PatchError
from guildpkg.lean import dataclass
from guildpkg.patches.read import read_patch
from guildpkg.pipeline.package.fetch import Wish, in_turn, staging
from guildpkg.pipeline.package.lay import lay_out, refuse_stale, refuse_unsaved
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.patch.refresh_wait import Waiting, waiting
from guildpkg.pipeline.patch.refresh_write import is_pending, pending_of
from guildpkg.pipeline.patch.series import laid_series, result_of_series
from guildpkg.pipeline.patch.write import lock_files, rewritten
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.change import commit
from guildpkg.recipe.edits import record, seen_files
from guildpkg.recipe.folder import RecipeFolder, open_folder, patch_bytes, refuse_places
from guildpkg.recipe.pairs import Edited, edited_entries
from guildpkg.system.trees import copy_tree


def begin(path: Path, shown: str, name: str, wish: Wish, setting: Setting) -> str:
    """Lay ``src/`` out anew, without running a hook, and copy one entry of it to ``NAME.orig``.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        name: The entry; may be empty when there is one only.
        wish: How sources are fetched.
        setting: The outside world.

    Returns:
        The entry.

    Raises:
        UnsavedEdits: There are edits already, for which nothing has to be begun.
        GuildError: There is no such entry.
    """
    with in_turn(path, shown, setting) as folder:
        refuse_places(folder)
        refuse_unsaved(folder, hint="`guild patch save` takes them as they are: nothing has to be begun for them")
        lay_out(folder, Options(wish=wish), setting)
        record(folder.src, folder.logs)
        chosen = _entry(folder, name.removeprefix("src/").rstrip("/"))
        place, copy = folder.src / chosen, folder.src / f"{chosen}.orig"
        if copy.exists():
            hint = "edit without a copy: `guild patch save` knows what was laid out"
            raise Exists(f"the sources have a {copy.name} of their own", hint=hint)
        with staging(folder) as scratch:
            copy_tree(folder.src, scratch, skip=lambda item: item.parent == folder.src and item != place)
            (scratch / chosen).rename(copy)
        return chosen


def _entry(folder: RecipeFolder, name: str) -> str:
    names = sorted(item.name for item in folder.src.iterdir())
    if name in names:
        return name
    if name:
        raise GuildError(f"there is no src/{name}", hint=did_you_mean(name, names))
    own = {Path(source.text).name for source in folder.recipe.sources if source.kind == "file"}
    fetched = [item for item in names if item not in own] or names
    if len(fetched) == 1:
        return fetched[0]
    if not fetched:
        raise GuildError("src/ is empty: there is nothing to patch", hint="name a source in GuildPkg")
    raise GuildError(f"src/ has several entries: {', '.join(names)}", hint=f"name one: `guild patch begin {names[0]}`")


@dataclass(frozen=True, slots=True)
class Status:
    """What was edited in ``src/`` and is in no patch yet.

    Attributes:
        entries: The edits by entry of ``src/``, each with the patch that a save would put them into.
        leftovers: Files of editors that a save passes over.
        stale: True when recipe, lock or patches are not what ``src/`` was laid out from.
        laid: True when there is a ``src/``.
        waiting: The files about which a refresh stopped that is not finished yet.
    """

    entries: tuple[tuple[Edited, str], ...]
    leftovers: tuple[str, ...]
    stale: bool
    laid: bool
    waiting: Waiting

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        entries = [
            {
                "name": entry.name,
                "patch": patch or None,
                "files": [{"path": p, "state": k} for p, k in entry.kinds.items()],
            }
            for entry, patch in self.entries
        ]
        known = {
            "laid": self.laid,
            "stale": self.stale,
            "waiting": list(self.waiting.files),
            "marked": list(self.waiting.marked),
            "undecided": list(self.waiting.undecided),
        }
        return {**known, "entries": entries, "leftovers": list(self.leftovers)}


def status(path: Path, shown: str) -> Status:
    """Tell which edits are not saved; nothing is fetched or written.

    Raises:
        GuildError: What was edited cannot be told.
    """
    folder = open_folder(path, shown)
    entries, leftovers = edited_entries(folder.src, folder.logs)
    touched = {name: paths for name, _, paths in _read_all(folder)}
    found = []
    for entry in entries:
        tops = [name for name, paths in touched.items() if any(p.partition("/")[0] == entry.name for p in paths)]
        found.append((entry, tops[-1] if tops else ""))
    stale, waits = False, waiting(folder, pending_of(folder)) if is_pending(folder.path) else Waiting()
    if folder.src.is_dir() and not waits.files:
        try:
            refuse_stale(folder)
        except GuildError:
            stale = True
    return Status(tuple(found), leftovers, stale, folder.src.is_dir(), waits)


def _read_all(folder: RecipeFolder) -> list[tuple[str, bytes, tuple[str, ...]]]:
    """Read every patch of the recipe: name, bytes, and the paths it touches as far as can be told without applying."""
    known = set(seen_files(folder.logs) or ())
    known |= {path[: at + 1].rstrip("/") for path in known for at, char in enumerate(path) if char == "/"}
    found = []
    for name, data in patch_bytes(folder).items():
        try:
            paths = read_patch(name, data, lambda raw: os.fsdecode(raw) in known).paths
        except PatchError:
            paths = ()
        found.append((name, data, tuple(map(os.fsdecode, paths))))
    return found


def listing(path: Path, shown: str) -> list[dict[str, Any]]:
    """List the patches of a recipe as plain values: name, description, files, lines added and removed."""
    found = []
    for name, data, paths in _read_all(open_folder(path, shown)):
        added, removed = changed_lines(data)
        description = description_of(data) or None
        found.append(
            {"patch": name, "description": description, "files": list(paths), "added": added, "removed": removed}
        )
    return found


def bytes_of(path: Path, shown: str, name: str) -> bytes:
    """Give one patch of a recipe.

    Raises:
        GuildError: It has no such patch.
    """
    folder = open_folder(path, shown)
    return patch_bytes(folder)[_patch_name(folder, name)]


def _patch_name(folder: RecipeFolder, name: str) -> str:
    known = [patch.name for patch in folder.recipe.patches]
    for found in (name, f"{name}.patch"):
        if found in known:
            return found
    raise GuildError(f"the recipe has no patch {name}", hint=did_you_mean(name, known))


def drop(path: Path, shown: str, name: str, wish: Wish, setting: Setting, *, dry_run: bool) -> str:
    """Take a patch out of the recipe and remove its file, when the others apply without it.

    Returns:
        Its file name.

    Raises:
        UnsavedEdits: ``src/`` has edits that were made on top of it, or a refresh waits, which knows all patches.
        PatchError: A later patch needs it.
    """
    with in_turn(path, shown, setting) as folder:
        chosen = _patch_name(folder, name)
        refuse_unsaved(folder)
        with laid_series(folder, wish, setting) as series:
            kept = {other: data for other, data in series.patches.items() if other != chosen}
            try:
                result_of_series(series.trees, series.states[0], kept, series.scratch / "check", setting)
            except PatchError as error:
                raise PatchError(f"{chosen} is needed by a later patch: {error}", hint="drop that one first") from error
            if not dry_run:
                text = recipe_edit.remove_word(folder.text.decode(), "patches", chosen)
                lock = {k: v for k, v in lock_files(folder, series, kept, None).items() if v is not None}
                commit(folder.path, {chosen: None, **rewritten(folder, text, lock)})
        return chosen
