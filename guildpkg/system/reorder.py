"""The same files in another order: what a program sees that lists a folder without sorting."""

from __future__ import annotations

import os
from pathlib import Path

from guildpkg.system.trees import settle


def reorder(root: Path, time: int) -> None:
    """Make every folder of a tree anew and move its entries into it, the last name first.

    File systems that list by hash do not care about that order; most others list by it.

    Args:
        root: A folder that we made.
        time: Seconds since the epoch, which everything gets.
    """
    for folder, _, _ in os.walk(root, topdown=False):
        place = Path(folder)
        fresh = place.with_name(f".{place.name}.reordered")
        fresh.mkdir()
        for item in sorted(place.iterdir(), reverse=True):
            item.rename(fresh / item.name)
        place.rmdir()
        fresh.rename(place)
    settle(root, time)
