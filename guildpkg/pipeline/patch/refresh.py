"""`guild patch refresh`: the patches of a recipe onto another ref, from the old and the new subtree alone.

Without a conflict patches, recipe and lock change as one. With one they stay: ``src/`` gets the merge with its
markers, ``logs/refresh.json`` what is done so far, and `guild patch save` goes on from there.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.core.digests import GitId, sha256
from guildpkg.core.events import silent
from guildpkg.core.git.objects import LINK, PROGRAM
from guildpkg.core.git.refs import HEADS, TAGS
from guildpkg.core.recipe import edit as recipe_edit
from guildpkg.core.recipe.lock import Lock, format_lock, read_lock
from guildpkg.core.recipe.onto import onto
from guildpkg.core.sources import Pin, Source
from guildpkg.core.words import did_you_mean
from guildpkg.errors import GuildError, SourceError
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import Wish, fetch_sources, in_turn, lay_sources, lock_of, pin_of
from guildpkg.pipeline.package.lay import refuse_unsaved
from guildpkg.pipeline.patch.refresh_merge import Moved, Verdict, move
from guildpkg.pipeline.patch.series import Series, laid_series
from guildpkg.pipeline.patch.write import rewritten
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.change import commit
from guildpkg.recipe.folder import LOCK, RecipeFolder
from guildpkg.recipe.state import REFRESH, STATE, Seen, State, format_state
from guildpkg.system.disk import remove, settle
from guildpkg.system.git.trees import Trees

READY = "refresh-src"


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
            target, pins = _new_sources(folder, (source, pin), asked.ref, (wish, setting), series.scratch / "new")
            text = _new_text(folder, source, target, pins)
            new = series.trees.tree(series.trees.read(series.scratch / "new"))
            work = _Work(folder, series, text, pins)
            moved = move(series.trees, _old(series), series.patches, new)
            if not asked.dry_run:
                _write(work, moved)
        now = next(item for item in pins if item.name == source.name)
        return Refreshed(source.name, pin.commit or pin.sha256, now.commit or now.sha256, moved.verdicts)


def is_pending(folder: Path) -> bool:
    """Tell whether a refresh waits for a person."""
    return (folder / "logs" / REFRESH).is_file()


@dataclass(frozen=True, slots=True)
class _Work:
    folder: RecipeFolder
    series: Series
    text: str
    pins: tuple[Pin, ...]


def _old(series: Series) -> list[GitId]:
    return [series.trees.tree(state) for state in series.states]


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


def _write(work: _Work, moved: Moved) -> None:
    if moved.conflict is None:
        commit(work.folder.path, _finished(work, moved.verdicts))
        return
    at = next(number for number, item in enumerate(moved.verdicts) if item.verdict == "conflict")
    trees, logs = work.series.trees, work.folder.logs
    ready = logs / READY
    remove(ready)
    ready.mkdir()
    trees.lay(moved.conflict.tree, ready)
    upstream = trees.leaves(moved.tree)
    for name in {path.partition(b"/")[0] for path in moved.conflict.conflicts}:
        below = {path: leaf for path, leaf in upstream.items() if path.partition(b"/")[0] == name}
        scratch = work.series.scratch / "orig"
        remove(scratch)
        scratch.mkdir()
        trees.lay(trees.tree(below), scratch)
        if (scratch / os.fsdecode(name)).exists():
            (scratch / os.fsdecode(name)).rename(ready / f"{os.fsdecode(name)}.orig")
    lock = lock_of(work.pins, {})
    settle(ready, lock.epoch)
    state = State(running=False, files=_seen(trees, upstream), edited=(), beat=0, laid="refresh", prepared=False)
    pending = {
        "schema": 1,
        "text": work.text,
        "lock": format_lock(lock),
        "done": [[item.patch, item.verdict, base64.b64encode(item.data).decode()] for item in moved.verdicts[:at]],
        "files": list(moved.verdicts[at].files),
    }
    files = {f"logs/{REFRESH}": json.dumps(pending).encode(), f"logs/{STATE}": format_state(state)}
    commit(work.folder.path, files, moves={f"logs/{READY}": "src"})


def _seen(trees: Trees, leaves: Mapping[bytes, tuple[int, GitId]]) -> dict[str, Seen]:
    """Write down a tree as if it had been laid: what differs from it then is an edit."""
    content = trees.content({id_ for _, id_ in leaves.values()})
    modes = {LINK: 0o120777, PROGRAM: 0o100755}
    return {
        os.fsdecode(path): Seen(modes.get(mode, 0o100644), len(content[id_]), 0, sha256(content[id_]))
        for path, (mode, id_) in leaves.items()
    }


def _finished(work: _Work, verdicts: Sequence[Verdict]) -> dict[str, bytes | None]:
    """Put together what a refresh that came to its end writes."""
    text = work.text
    kept = {item.patch: item.data for item in verdicts if item.data}
    files: dict[str, bytes | None] = {}
    for item in verdicts:
        if not item.data:
            files[item.patch] = None
            text = recipe_edit.remove_word(text, "patches", item.patch)
        elif item.data != work.series.patches[item.patch]:
            files[item.patch] = item.data
    lock: dict[str, bytes | None] = {LOCK: format_lock(lock_of(work.pins, kept)).encode()}
    return {**files, **rewritten(work.folder, text, lock), f"logs/{REFRESH}": None}


def pending_of(folder: RecipeFolder) -> tuple[str, Lock, tuple[Verdict, ...], tuple[str, ...]]:
    """Read what a refresh stopped at: the recipe's new text, its lock, what is done, the files in conflict.

    Raises:
        GuildError: It cannot be read.
    """
    try:
        told = json.loads((folder.logs / REFRESH).read_bytes())
        done = tuple(Verdict(name, verdict, base64.b64decode(data)) for name, verdict, data in told["done"])
        return str(told["text"]), read_lock(told["lock"], REFRESH), done, tuple(map(str, told["files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "`guild package -c` forgets the refresh"
        raise GuildError(f"logs/{REFRESH} cannot be read: {error}", hint=hint) from error


def write_moved(folder: RecipeFolder, series: Series, text: str, pins: tuple[Pin, ...], moved: Moved) -> None:
    """Write how far a series came, after a person resolved a conflict."""
    _write(_Work(folder, series, text, pins), moved)
