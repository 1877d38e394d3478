"""`guild lock`: find out what the sources are, and pin it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.core.recipe.lock import Lock
from guildpkg.core.sources import Pin
from guildpkg.errors import GuildError, LockDrift
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import (
    Wish,
    check_patches,
    fetch_sources,
    in_turn,
    lay_sources,
    lock_of,
    pin_of,
    staging,
)
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import LOCK, RecipeFolder, open_folder, patch_bytes, refuse_places, write_lock


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the lock that is new, different or gone.

    Attributes:
        name: The source or the patch.
        old: What it was pinned to; empty when it is new.
        new: What it is pinned to now; empty when it is gone.
    """

    name: str
    old: str
    new: str

    def __str__(self) -> str:
        if not self.old:
            return f"{self.name}: {self.new}"
        return f"{self.name}: {self.old} -> {self.new}" if self.new else f"{self.name}: dropped"

    def to_json(self) -> dict[str, Any]:
        """Give the change as plain values."""
        return {"name": self.name, "old": self.old or None, "new": self.new or None}


def lock(path: Path, shown: str, wish: Wish, setting: Setting, *, dry_run: bool) -> list[Change]:
    """Bring the lock of a recipe up to date.

    A dry run looks at what may change only, in a place of its own: neither recipe nor cache are different afterwards.

    Returns:
        What changed, or would.

    Raises:
        GuildError: A source cannot be had or is not what it should be; the lock is as it was.
    """
    with in_turn(path, shown, setting, ignore_lock="*" in wish.update) as folder:
        patches = patch_bytes(folder)
        check_patches(folder, patches, wish)
        if dry_run:
            new = lock_of(_pins_apart(folder, wish, setting), patches)
        else:
            refuse_places(folder)
            fetched = fetch_sources(folder, wish, setting)
            with staging(folder) as scratch:
                new = lock_of(lay_sources(folder, fetched, scratch, wish, setting), patches)
        before = folder.lock or _old_lock(path, shown)
        changes = _changes(before, new)
        if changes and wish.locked:
            raise LockDrift(f"{LOCK} is out of date: {', '.join(change.name for change in changes)}")
        if not dry_run:
            write_lock(folder, new)
    return changes


def _pins_apart(folder: RecipeFolder, wish: Wish, setting: Setting) -> list[Pin]:
    """Find out what the sources are without leaving a trace; what is pinned and stays so is not looked at again."""
    sources = folder.recipe.sources
    pins = {source.name: pin_of(folder, source) for source in sources if not wish.wants_new(source)}
    known = {name: pin for name, pin in pins.items() if pin is not None and pin.kind != "file"}
    part = replace(folder, recipe=replace(folder.recipe, sources=tuple(s for s in sources if s.name not in known)))
    with tempfile.TemporaryDirectory(prefix="guild-", ignore_cleanup_errors=True) as apart:
        elsewhere = replace(setting, home=Path(apart) / "home")
        fetched = fetch_sources(folder, wish, elsewhere, skip=known)
        found = {pin.name: pin for pin in lay_sources(part, fetched, Path(apart) / "src", wish, elsewhere)}
    return [known.get(source.name) or found[source.name] for source in sources]


def _old_lock(path: Path, shown: str) -> Lock:
    """Read the lock that is replaced whatever it says; one that cannot be read counts as none."""
    try:
        return open_folder(path, shown).lock or Lock()
    except GuildError:
        return Lock()


def _changes(before: Lock, after: Lock) -> list[Change]:
    old, new = ({pin.name: pin for pin in lock.pins} for lock in (before, after))
    sources = [
        Change(name, *_told(old.get(name), new.get(name))) for name in new | old if old.get(name) != new.get(name)
    ]
    was, now = before.patches or {}, after.patches or {}
    patches = [
        Change(name, was.get(name, ""), now.get(name, "")) for name in {**now, **was} if was.get(name) != now.get(name)
    ]
    return sources + patches


def _told(old: Pin | None, new: Pin | None) -> tuple[str, str]:
    """Say what a pin stood for and stands for, in as few words as tell the two apart."""
    for words in (_short, _named, _rest):
        said = words(old) if old else "", words(new) if new else ""
        if said[0] != said[1]:
            break
    return said


def _short(pin: Pin) -> str:
    return (f"commit {pin.commit} tree {pin.tree}" if pin.commit else "") or pin.sha256 or pin.digest


def _named(pin: Pin) -> str:
    return f"{pin.source} {pin.details}".strip()


def _rest(pin: Pin) -> str:
    return " ".join(str(value) for value in (pin.ref, pin.path, pin.file, pin.time, pin.size, pin.digest) if value)
