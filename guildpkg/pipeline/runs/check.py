"""``guild check`` for the runs: what is wrong among them, and putting it right."""

from __future__ import annotations

from pathlib import Path

from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_leftovers import Trouble
from guildpkg.stores.runs_repair import Repaired, repair, troubles

__all__ = ["Repaired", "Trouble", "check_runs", "is_sound"]


def check_runs(home: Path, *, mend: bool) -> Repaired:
    """Look all runs through.

    Args:
        home: ``$GUILD_HOME``; nothing is made there.
        mend: Whether what is wrong is put right.

    Returns:
        What was put right, and what is still wrong with the reason why.
    """
    store = Runs(home)
    if mend:
        return repair(store)
    return Repaired((), tuple((trouble, "") for trouble in troubles(store)))


def is_sound(found: Repaired, *, mended: bool) -> bool:
    """Tell whether all that was recorded can be read; after a repair, whether nothing is left to be done."""
    return not (found.left if mended else any(trouble.grave for trouble, _ in found.left))
