"""Patterns over lines of output."""

from __future__ import annotations

import re

from guildpkg.core.series.printed import NUMBER

_WORDS = {r"\value": NUMBER, r"\step": r"-?\d+", r"\key": r"[^\s:=]+"}
"""What may stand in a pattern for a number, a whole number and a key."""


def expand(pattern: str) -> str:
    r"""Write ``\value``, ``\step`` and ``\key`` out; in a pattern without groups they are its groups.

    Raises:
        re.error: The pattern is no regular expression.
    """
    written = pattern
    for word, meaning in _WORDS.items():
        written = written.replace(word, meaning)
    if re.compile(written).groups:
        return written
    for word, meaning in _WORDS.items():
        pattern = pattern.replace(word, f"({meaning})")
    return pattern


def output_pattern(name: str, pattern: str) -> str:
    r"""Give the regular expression that a pattern stands for.

    Args:
        name: The key that it is for; empty when the pattern finds keys itself.
        pattern: A regular expression, in which ``\value``, ``\step`` and ``\key`` may stand.

    Raises:
        ValueError: It cannot give scalars; the message says why.
    """
    try:
        written = expand(pattern)
        made = re.compile(written)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if name and not made.groups:
        raise ValueError(r"has no group for the value (write \value where it stands)")
    if not name and not made.groupindex and made.groups != 2:
        raise ValueError("names no key: write KEY: PATTERN, or give the pattern a group for the key and one for it")
    return written
