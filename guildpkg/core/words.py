"""Small rules of wording that several messages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known word most like *word*, or an empty string when none is close."""
    import difflib  # only who misspelt something waits for it

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def did_you_mean(word: str, known: Sequence[str], *, most: int = 12) -> str:
    """Say what may have been meant, or what there is: the hint for an unknown name."""
    if close := nearest(word, known):
        return f"did you mean {close}?"
    if not known:
        return "there is none"
    more = ", ..." if len(known) > most else ""
    return "there is " + ", ".join(list(known)[:most]) + more


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 file``, ``2 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def in_bytes(number: int) -> str:
    """Write a size for people: ``17 B``, ``1.2 kB``, ``3.4 MB`` (powers of 1000)."""
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
