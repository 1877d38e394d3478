"""Whether git has to be asked about a folder at all: two processes less for a run where it has not."""

from __future__ import annotations

from pathlib import Path


def below_git(folder: Path) -> bool:
    """Tell whether a folder may lie in a git work tree."""
    place = folder.resolve()
    return any((parent / ".git").exists() for parent in (place, *place.parents))
