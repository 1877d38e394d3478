"""`guild lock`: find out what the sources are, and pin it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guildpkg.core.lock import Lock
from guildpkg.core.sources import Pin
from guildpkg.errors import GuildError, LockDrift
from guildpkg.pipeline.fetch import Wish, check_patches, fetch_sources, lay_sources, lock_of, staging
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import LOCK, open_folder, patch_bytes, write_lock
from guildpkg.system.disk import locked


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

    Returns:
        What changed.

    Raises:
        GuildError: A source cannot be had or is not what it should be; the lock is as it was.
    """
    folder = open_folder(path, shown, ignore_lock="*" in wish.update)
    patches = patch_bytes(folder)
    with locked(folder.path):
        check_patches(folder, patches, wish)
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


def _old_lock(path: Path, shown: str) -> Lock:
    """Read the lock that is replaced whatever it says; one that cannot be read counts as none."""
    try:
        return open_folder(path, shown).lock or Lock()
    except GuildError:
        return Lock()


def _changes(before: Lock, after: Lock) -> list[Change]:
    old = {pin.name: _short(pin) for pin in before.pins} | dict(before.patches or {})
    new = {pin.name: _short(pin) for pin in after.pins} | dict(after.patches or {})
    changed = [Change(name, old.get(name, ""), value) for name, value in new.items() if old.get(name) != value]
    return changed + [Change(name, value, "") for name, value in old.items() if name not in new]


def _short(pin: Pin) -> str:
    """Say in one word what a pin stands for."""
    return (f"commit {pin.commit} tree {pin.tree}" if pin.commit else "") or pin.sha256 or pin.digest
