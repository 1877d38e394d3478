"""`guild patch refresh`: the patches of a recipe onto another ref, from the old and the new subtree alone.

Without a conflict patches, recipe, lock and ``src/`` change as one. With one the first three stay, and ``src/`` gets
the merge with its markers (`refresh_write.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.core.events import silent
from guildpkg.core.git.refs import HEADS, TAGS
from guildpkg.core.recipe import edit as recipe_edit
from guildpkg.core.recipe.onto import onto
from guildpkg.core.sources import Pin, Source
from guildpkg.core.words import did_you_mean
from guildpkg.errors import GuildError, SourceError
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import Wish, fetch_sources, in_turn, lay_sources, pin_of
from guildpkg.pipeline.package.lay import refuse_unsaved
from guildpkg.pipeline.patch.refresh_merge import Verdict, move
from guildpkg.pipeline.patch.refresh_root import at_new_root
from guildpkg.pipeline.patch.refresh_write import NEW, Work, write_moved
from guildpkg.pipeline.patch.series import laid_series
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import RecipeFolder
from guildpkg.system.disk import remove


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh came to, or would.

    Attributes:
        source: Name of the source that moved.
        old: What it was: its commit, or its hash.
        new: What it is.
        verdicts: One per patch.
    """

    source: str
    old: str
    new: str
    verdicts: tuple[Verdict, ...]

    @property
    def conflict(self) -> bool:
        """True when a person has to decide."""
        return any(item.verdict == "conflict" for item in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        verdicts = [item.to_json() for item in self.verdicts]
        return {"source": self.source, "old": self.old, "new": self.new, "patches": verdicts, "conflict": self.conflict}


@dataclass(frozen=True, slots=True)
class RefreshWish:
    """What is asked of a refresh.

    Attributes:
        ref: The new ref, or the version of a release.
        only: Name of the source; empty when one alone has refs.
        dry_run: True to write nothing but the cache.
    """

    ref: str
    only: str = ""
    dry_run: bool = False


def refresh(path: Path, shown: str, asked: RefreshWish, wish: Wish, setting: Setting) -> Refreshed:
    """Move the patches of a recipe onto another ref of one of its sources.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        asked: Where to move.
        wish: How sources are fetched.
        setting: The outside world.

    Raises:
        UnsavedEdits: ``src/`` has edits that would be lost.
        GuildError: The source cannot be had, or a patch does not apply to the old one.
    """
    with in_turn(path, shown, setting) as folder:
        if not asked.dry_run:
            refuse_unsaved(folder)
        source, pin = _source(folder, asked.only)
        with laid_series(folder, wish, setting) as series:
            target, pins = _new_sources(folder, (source, pin), asked.ref, (wish, setting), series.scratch / NEW)
            text = _new_text(folder, source, target, pins)
            new = series.trees.read(series.scratch / NEW)
            there = at_new_root(series, source, new)
            moved = move(series.trees, there.ids, there.patches, series.trees.tree(new), git_env=setting.env)
            if not asked.dry_run:
                write_moved(Work(folder, series, text, pins, setting), moved)
        now = next(item for item in pins if item.name == source.name)
        return Refreshed(source.name, pin.commit or pin.sha256, now.commit or now.sha256, moved.verdicts)


def _source(folder: RecipeFolder, only: str) -> tuple[Source, Pin]:
    moving = [source for source in folder.recipe.sources if source.kind in ("git", "pypi")]
    names = [source.name for source in moving]
    if only and only not in names:
        raise GuildError(f"the recipe has no source {only} with refs", hint=did_you_mean(only, names))
    chosen = [source for source in moving if not only or source.name == only]
    if len(chosen) != 1:
        hint = f"name one with --only: {', '.join(names)}" if names else "only git and pypi sources can be refreshed"
        raise GuildError(f"the recipe has {len(chosen)} sources that can move", hint=hint)
    pin = pin_of(folder, chosen[0])
    if pin is None:
        raise GuildError(
            f"{chosen[0].name} is not pinned: nobody knows what the patches were made for", hint="`guild lock`"
        )
    return chosen[0], pin


def _new_sources(
    folder: RecipeFolder, moving: tuple[Source, Pin], ref: str, how: tuple[Wish, Setting], place: Path
) -> tuple[Source, tuple[Pin, ...]]:
    """Lay the sources out with the one that moves at its new ref."""
    (source, pin), (wish, setting) = moving, how
    short = pin.commit if pin.ref == "commit" else pin.ref.removeprefix(TAGS).removeprefix(HEADS)
    texts = onto(source.text, short, ref)
    for at, text in enumerate(texts):
        moved = replace(source, text=text, commit="", tree="", sha256="")
        sources = tuple(moved if item == source else item for item in folder.recipe.sources)
        other = replace(folder, recipe=replace(folder.recipe, sources=sources))
        anew = replace(wish, update=frozenset([source.name]))
        try:
            fetched = fetch_sources(other, anew, setting)
        except SourceError:
            if at + 1 == len(texts):
                raise
            continue
        remove(place)
        place.mkdir()
        return moved, lay_sources(other, fetched, place, anew, replace(setting, report=silent))
    raise GuildError(f"{source.text} has no refs", hint="only git and pypi sources can be refreshed")


def _new_text(folder: RecipeFolder, source: Source, moved: Source, pins: Sequence[Pin]) -> str:
    text = recipe_edit.replace_word(folder.text.decode(), "source", source.text, moved.text)
    pin = next(item for item in pins if item.name == source.name)
    for key in ("commit", "tree", "sha256"):
        if getattr(source, key):
            text = recipe_edit.set_value(text, "source", (source.name,), key, getattr(pin, key))
    return text
