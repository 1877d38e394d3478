"""`guild patch save` while a refresh waits: what was resolved in ``src/`` becomes the patch, and it goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from guildpkg.core.digests import GitId
from guildpkg.core.events import Warn, silent
from guildpkg.core.git.objects import FILE, LINK, PROGRAM
from guildpkg.core.patches.dep3 import described, header_of
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.errors import GuildError
from guildpkg.pipeline.package.fetch import Wish, fetch_sources, in_turn, lay_sources
from guildpkg.pipeline.package.lay import listed
from guildpkg.pipeline.patch.refresh import Refreshed
from guildpkg.pipeline.patch.refresh_merge import judged, move
from guildpkg.pipeline.patch.refresh_root import at_new_root
from guildpkg.pipeline.patch.refresh_wait import has_marks, is_untouched
from guildpkg.pipeline.patch.refresh_write import NEW, Pending, Work, is_pending, pending_of, write_moved
from guildpkg.pipeline.patch.save import SaveWish, save
from guildpkg.pipeline.patch.series import laid_series, result_of_series
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.pairs import Edited, edited_entries
from guildpkg.system.disk import target_of
from guildpkg.system.git.trees import Leaves, Trees


def save_resolved(path: Path, shown: str, text: str, wish: Wish, setting: Setting, *, dry_run: bool) -> Refreshed:
    """Take what a person made of a conflict, and go on with the patches behind it.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        text: What the patch is for; empty to leave its header alone.
        wish: How sources are fetched.
        setting: The outside world.
        dry_run: True to write nothing.

    Raises:
        GuildError: There are markers left, or files in conflict without any that nobody has looked at.
    """
    with in_turn(path, shown, setting) as folder:
        pending = pending_of(folder)
        recipe_text, lock, done = pending.text, pending.lock, pending.done
        entries, leftovers = edited_entries(folder.src, folder.logs)
        if leftovers:
            setting.report(Warn(f"left out as leftovers of an editor: {listed(leftovers)}"))
        _refuse_marks(folder.src, entries, pending.files)
        with laid_series(folder, wish, setting) as series:
            moved_to = replace(folder, recipe=read_recipe(recipe_text, folder.recipe.file), lock=lock)
            place = series.scratch / NEW
            place.mkdir()
            quiet = replace(setting, report=silent)
            pins = lay_sources(moved_to, fetch_sources(moved_to, wish, setting), place, wish, quiet)
            trees = series.trees
            base = trees.read(place)
            applied = {item.patch: item.data for item in done if item.data}
            before = result_of_series(trees, base, applied, series.scratch / "before", setting)
            made = _overlaid(trees, trees.leaves(before), entries)
            name = list(series.patches)[len(done)]
            _refuse_undecided(folder.src, pending, made, name)
            after = trees.tree(made)
            olds = {pin.name: pin for pin in (folder.lock or lock).pins}
            pin = next((pin for pin in lock.pins if pin != olds.get(pin.name)), lock.pins[0])
            there = at_new_root(series, next(s for s in moved_to.recipe.sources if s.name == pin.name), base)
            data = there.patches[name]
            if text:
                data = described(header_of(data), text) + data[len(header_of(data)) :]
            own = judged(trees, (name, data), before, after, setting.env)
            verdict = replace(own, verdict="resolved") if own.data else own
            result = move(trees, there.ids, there.patches, after, git_env=setting.env, done=(*done, verdict))
            if not dry_run:
                write_moved(Work(folder, series, recipe_text, pins, setting, leftovers), result)
        was = olds.get(pin.name, pin)
        return Refreshed(pin.name, was.commit or was.sha256, pin.commit or pin.sha256, result.verdicts)


def would_write(path: Path, shown: str, wish: Wish, setting: Setting) -> list[bytes]:
    """Give the patches as `guild patch save` would write them now, a refresh that waits or not.

    Raises:
        GuildError: It would refuse to.
    """
    if is_pending(path):
        found = save_resolved(path, shown, "", wish, setting, dry_run=True).verdicts
        return [verdict.data for verdict in found if verdict.data]
    return [patch.data for patch in save(path, shown, SaveWish(dry_run=True), wish, setting) if patch.data]


def _refuse_marks(src: Path, entries: Sequence[Edited], files: Sequence[str]) -> None:
    changed: Mapping[str, Path | None] = {path: place for entry in entries for path, place in entry.changes.items()}
    left = [path for path in files if has_marks(changed.get(path, src / path))]
    if left:
        hint = "settle each place between <<<<<<< and >>>>>>>, then save; `guild package -c` forgets the refresh"
        raise GuildError(f"there are markers of a conflict left in {listed(left)}", hint=hint)


def _refuse_undecided(src: Path, pending: Pending, made: Leaves, name: str) -> None:
    """Stop before the side that git chose for a file without markers is taken for what a person chose.

    Args:
        src: The folder; what was laid in it has the time of the lock.
        pending: What the refresh stopped at.
        made: What is to be saved.
        name: The patch.

    Raises:
        GuildError: A file is as the conflict left it, and was not even touched.
    """
    same = [path for path, id_ in pending.unmarked.items() if made.get(os.fsencode(path), (0, ""))[1] == id_]
    left = [p for p in same if not os.path.lexists(src / p) or is_untouched(src / p, pending)]
    if left:
        hint = (
            f"edit them in src/ until they are as {name} wants them (`touch` says that one is right as it is); or give "
            f"the patch up: `guild package -c`, `guild patch drop {name}`, and refresh again"
        )
        raise GuildError(f"{name} was in conflict, and nobody has changed {listed(left)} since", hint=hint)


def _overlaid(
    trees: Trees, leaves: dict[bytes, tuple[int, GitId]], entries: Sequence[Edited]
) -> dict[bytes, tuple[int, GitId]]:
    for entry in entries:
        for path, place in entry.changes.items():
            raw = os.fsencode(path)
            if place is None:
                leaves.pop(raw, None)
            elif place.is_symlink():
                leaves[raw] = (LINK, trees.blob(target_of(place)))
            else:
                mode = PROGRAM if place.stat().st_mode & 0o100 else FILE
                leaves[raw] = (mode, trees.blob(place.read_bytes()))
    return leaves
