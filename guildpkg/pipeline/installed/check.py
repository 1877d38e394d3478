"""``guild check`` for the home: can it be read what is installed, and which indexes are trusted?"""

from __future__ import annotations

from pathlib import Path

from guildpkg.core.packages.generation import GenerationError
from guildpkg.index import trust
from guildpkg.stores.packages import Packages


def check_home(home: Path) -> list[dict[str, str]]:
    """Read the current generation and the record of each index.

    Args:
        home: ``$GUILD_HOME``; nothing is made there.

    Returns:
        What is wrong, each with a ``message`` and a ``hint``.
    """
    found = []
    try:
        Packages(home).current()
    except GenerationError as error:
        found.append({"message": str(error), "hint": error.hint})
    return found + [{"message": str(error), "hint": error.hint} for error in trust.faults(home)]
