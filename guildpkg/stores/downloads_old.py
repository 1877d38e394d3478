"""What lies in the download cache and nobody has come back for: files long unused, and what killed downloads left."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from guildpkg.errors import Busy
from guildpkg.system.disk import locked

UNUSED: Final = 30 * 86400.0
"""Seconds after which a file that was not used is taken for one that nobody needs: it can be fetched again."""


def sweep(home: Path, *, before: float, dry_run: bool = False) -> int:
    """Remove files that were last used before a moment, and what killed downloads left before it.

    Args:
        home: ``$GUILD_HOME``.
        before: Seconds since the epoch; what was touched later is kept.
        dry_run: Only count.

    Returns:
        Bytes made free, or that would be.
    """
    freed = 0
    cache = home / "cache"
    for place in [*(cache / "parts").glob("*"), *(cache / "urls").glob(".*.tmp"), *(cache / "files").glob("??/*")]:
        lock = cache / "locks" / place.name.lstrip(".").partition(".")[0]
        with contextlib.suppress(FileNotFoundError, Busy):
            if _last_use(place) >= before:
                continue
            with contextlib.nullcontext() if dry_run else locked(lock, wait=0):
                size = place.stat().st_size
                if _last_use(place) >= before:
                    continue  # somebody has come back for it meanwhile
                if not dry_run:
                    place.unlink()
                freed += size
    return freed


def _last_use(place: Path) -> float:
    about = place.stat()
    return max(about.st_atime, about.st_mtime)
