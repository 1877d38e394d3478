"""A run by what the user types of it: the beginning of its id, its folder, its number in a listing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guildpkg.errors import Unknown
from guildpkg.stores.runs_folder import Run


def find_run(text: str, runs: Sequence[Run]) -> Run:
    """Find one run.

    Args:
        text: The beginning of an id or of a folder's name, a folder's path, or a 0-based index into *runs*.
        runs: The runs to look at, newest first.

    Raises:
        Unknown: There is none, or the text means several.
    """
    path = Path(text)
    matching = [run for run in runs if run.path.name == text or (path.is_absolute() and run.path == path)]
    if not matching and (number := number_in(text, len(runs))) is not None:
        return runs[number]
    if not matching and text:
        short = [run for run in runs if run.short.startswith(text[:8])]
        matching = [run for run in short if len(text) <= 8 or run.record().id.startswith(text)]
        matching = matching or [run for run in runs if run.path.name.startswith(text)]
    if not matching:
        raise Unknown(f"there is no run {text}", hint="see guild runs")
    if len(matching) > 1:
        names = ", ".join(run.short for run in matching[:5])
        raise Unknown(f"{text} means {len(matching)} runs: {names}", hint="give more of the id")
    return matching[0]


def number_in(word: str, length: int) -> int | None:
    """Read a number of a listing; None for what is the beginning of an id, as ``00000001`` is, or beyond its end."""
    plain = word.isascii() and word.isdecimal() and len(word) < 10 and (word == "0" or word[0] != "0")
    return int(word) if plain and int(word) < length else None
