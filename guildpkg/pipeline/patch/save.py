"""`guild patch save`: edits in ``src/`` -> patches of the recipe that give exactly them.

What is saved is applied once more, to the sources alone, and has to give what was edited before anything is written.
Patches, recipe, lock and the record of ``src/`` then change as one (`recipe/change.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.core.digests import GitId, sha256
from guildpkg.core.events import Warn
from guildpkg.core.git.objects import FILE, LINK, PROGRAM
from guildpkg.core.words import did_you_mean
from guildpkg.errors import GuildError, PatchError
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import Wish, in_turn
from guildpkg.pipeline.package.lay import listed, refuse_stale
from guildpkg.pipeline.patch.make import Make, choose_targets, make_patches
from guildpkg.pipeline.patch.series import Series, laid_series
from guildpkg.pipeline.patch.write import files_of, seen_in
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.change import commit
from guildpkg.recipe.edits import copies_in, recorded, seen_files
from guildpkg.recipe.folder import RecipeFolder
from guildpkg.recipe.pairs import Edited, edited_entries
from guildpkg.recipe.state import Seen, State
from guildpkg.system.disk import target_of
from guildpkg.system.git.trees import Leaves

STALE = "bring recipe, lock and patches back to what src/ was laid out from, and save then"


@dataclass(frozen=True, slots=True)
class SaveWish:
    """What is asked of a save.

    Attributes:
        name: The one entry of ``src/`` whose edits are to be saved; empty for all.
        text: What the patch is for; empty to leave its header alone.
        new: True to make a new patch instead of changing the top one.
        dry_run: True to write nothing.
    """

    name: str = ""
    text: str = ""
    new: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class SavedPatch:
    """A patch that was written, or would be.

    Attributes:
        patch: Its file name.
        entries: The entries of ``src/`` whose edits went into it.
        files: Paths of the edits.
        state: ``new``, ``changed``, ``unchanged`` or ``dropped`` (nothing was left of it).
        data: Its bytes.
    """

    patch: str
    entries: tuple[str, ...]
    files: tuple[str, ...]
    state: str
    data: bytes

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {"patch": self.patch, "entries": self.entries, "files": self.files, "state": self.state}


def save(path: Path, shown: str, asked: SaveWish, wish: Wish, setting: Setting) -> list[SavedPatch]:
    """Save the edits in ``src/``.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        asked: What is to be saved, and how.
        wish: How sources are fetched, should they not be in the cache.
        setting: The outside world.

    Returns:
        One entry per patch concerned; none when nothing was edited.

    Raises:
        GuildError: What was edited cannot be told, or cannot be made a patch of; nothing has changed.
    """
    asked = replace(asked, name=asked.name.removeprefix("src/").rstrip("/"))
    with in_turn(path, shown, setting) as folder:
        entries, leftovers = edited_entries(folder.src, folder.logs)
        if leftovers:
            setting.report(Warn(f"left out as leftovers of an editor: {listed(leftovers)}"))
        chosen = _chosen(entries, asked)
        if not chosen and not asked.text:
            return []
        refuse_stale(folder, hint=STALE)
        prepared = tuple(s.text for s in folder.recipe.sources if s.kind == "file" and s.text.endswith(".patch"))
        with laid_series(folder, wish, setting, more=[name for name in prepared if "/" not in name]) as series:
            others = [path for entry in entries if entry not in chosen for path in entry.changes]
            return _save(_Work(folder, series, asked, setting), chosen, [*others, *leftovers])


def _chosen(entries: Sequence[Edited], asked: SaveWish) -> tuple[Edited, ...]:
    if not asked.name:
        return tuple(entries)
    chosen = tuple(entry for entry in entries if entry.name == asked.name)
    if not chosen and not asked.text:
        known = [entry.name for entry in entries]
        hint = did_you_mean(asked.name, known) if known else "nothing in src/ was edited since it was laid out"
        raise GuildError(f"src/{asked.name} has no unsaved edits", hint=hint)
    return chosen


@dataclass(frozen=True, slots=True)
class _Work:
    folder: RecipeFolder
    series: Series
    asked: SaveWish
    setting: Setting


def _save(work: _Work, chosen: Sequence[Edited], others: Sequence[str]) -> list[SavedPatch]:
    """Save some entries; *others* are the paths that somebody made or changed and that go on to count as edits."""
    folder, series = work.folder, work.series
    copied = [entry for entry in chosen if any(_is_copied(folder, entry, path) for path in entry.changes)]
    state = recorded(folder.src, folder.logs, edited=others, laid="", copies=copies_in(folder.src, folder.logs))
    overlays = {entry.name: _overlay(work, entry, state) for entry in chosen}
    _warn_of_hooks(work, overlays)
    make = Make(series, work.asked.text, new=work.asked.new)
    beside = {item.name for item in folder.path.iterdir()}
    targets = choose_targets(make, [entry.name for entry in chosen], work.asked.name, beside)
    names = [*series.names, *(name for name in targets.values() if name not in series.names)]
    states: list[Leaves] = [series.states[0]]
    for at in range(len(names)):
        leaves = dict(series.states[min(at + 1, len(series.names))])
        for name, target in targets.items():
            if names.index(target) <= at:
                _put(leaves, overlays.get(name, {}))
        states.append(leaves)
    try:
        patches = make_patches(make, names, states, targets, setting=work.setting)
    except PatchError:
        patches = make_patches(make, names, states, targets, setting=work.setting, renames=False)
    saved = _told(series, chosen, targets, patches)
    if not work.asked.dry_run:
        moves: dict[str, str] = {}
        for entry in copied:
            ready, files = _taken_over(work, entry.name, states[-1])
            kept = {path: seen for path, seen in state.files.items() if path.partition("/")[0] != entry.name}
            state = replace(state, files=kept | files)
            moves[ready] = f"src/{entry.name}"
        commit(folder.path, files_of(folder, series, patches, state), moves=moves)
    return saved


def _overlay(work: _Work, entry: Edited, state: State) -> dict[bytes, tuple[int, GitId] | None]:
    """Read what was edited; what changes while we read is refused."""
    found: dict[bytes, tuple[int, GitId] | None] = {}
    for path, place in entry.changes.items():
        raw = os.fsencode(path)
        if place is None:
            found[raw] = None
            continue
        is_link = place.is_symlink()
        data = target_of(place) if is_link else place.read_bytes()
        seen = state.files.get(str(place.relative_to(work.folder.src)))
        if seen is None or seen.sha256 != sha256(data):
            raise GuildError(f"src/{path} changed while it was saved", hint="save again when nobody writes to it")
        mode = LINK if is_link else PROGRAM if seen.mode & 0o100 else FILE
        found[raw] = (mode, work.series.trees.blob(data))
    return found


def _put(leaves: dict[bytes, tuple[int, GitId]], overlay: Mapping[bytes, tuple[int, GitId] | None]) -> None:
    for path, leaf in overlay.items():
        if leaf is None:
            leaves.pop(path, None)
        else:
            leaves[path] = leaf


def _warn_of_hooks(work: _Work, overlays: Mapping[str, Mapping[bytes, object]]) -> None:
    """Tell of files that a hook had changed before they were edited: the patch holds what the hook did, too."""
    known = seen_files(work.folder.logs) or {}
    laid = work.series.states[-1]
    changed = []
    for path in (path for overlay in overlays.values() for path in overlay):
        seen, leaf = known.get(os.fsdecode(path)), laid.get(path)
        if seen is None:
            continue
        data = work.series.trees.content([leaf[1]])[leaf[1]] if leaf else None
        if data is None or sha256(data) != seen.sha256:
            changed.append(os.fsdecode(path))
    if changed:
        text = f"hooks had changed {listed(changed)} before: the patch holds what they did, too"
        work.setting.report(Warn(f"{text}; `guild patch begin` lays src/ out without running any"))


def _told(
    series: Series, chosen: Sequence[Edited], targets: Mapping[str, str], patches: Mapping[str, bytes]
) -> list[SavedPatch]:
    saved = []
    for patch in dict.fromkeys(targets.values()):
        entries = tuple(entry for entry in chosen if targets[entry.name] == patch)
        old, data = series.patches.get(patch), patches[patch]
        state = "new" if old is None else "dropped" if not data else "unchanged" if old == data else "changed"
        files = tuple(path for entry in entries for path in entry.changes)
        saved.append(SavedPatch(patch, tuple(entry.name for entry in entries), files, state, data))
    return [item for item in saved if item.data or item.state == "dropped"]


def _is_copied(folder: RecipeFolder, entry: Edited, path: str) -> bool:
    place = entry.changes[path]
    return place is not None and place != folder.src / path


def _taken_over(work: _Work, name: str, leaves: Leaves) -> tuple[str, dict[str, Seen]]:
    """Lay what ``src/NAME`` is to be: what was edited in ``src/NAME.new``; ``src/`` is what the patches make of it.

    Returns:
        Where it lies, and what the record of ``src/`` is to say of it.
    """
    trees, place = work.series.trees, work.series.scratch / "taken"
    place.mkdir(exist_ok=True)
    below = {path: leaf for path, leaf in leaves.items() if path.partition(b"/")[0] == os.fsencode(name)}
    trees.lay(trees.tree(below), place)
    return str((place / name).relative_to(work.folder.path)), seen_in(trees, below)
