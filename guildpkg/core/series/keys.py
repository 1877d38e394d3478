"""Names of series: how a pattern or a word finds keys, and what older generations called the same things.

Keys are paths: ``tf/<folder below RUNDIR>/<tag>`` for scalars of event files, ``op/...`` and ``sys/...`` for
statistics, ``out/<key>`` for what was found in the output. Older generations wrote statistics among the tags
(``system/mem_used``, ``sys/gpu0/util``); such a key also answers to today's name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final

from guildpkg.errors import UsageFault

EVENTS: Final = "tf/"
"""Begins the key of a scalar from an event file."""
OUTPUT: Final = "out/"
"""Begins the key of a scalar that was found in the output."""
_OLD = re.compile(r"(?:.*/)?(?:sys|system)/((?:cpu|mem|swap|dev|gpu)[^/]*(?:/[^/]+)*)")
_FLAT = re.compile(r"(mem|swap)_(total|used|free|util)")
_GPU_UTIL = re.compile(r"(gpu\d+)/util")
_POWER_STATE = re.compile(r"(gpu\d+)/powerstate")


def alias(key: str) -> str:
    """Give today's name of a statistic that an older generation wrote; empty for any other key."""
    found = _OLD.fullmatch(key)
    if found is None:
        return ""
    name = _FLAT.sub(r"\1/\2", found[1])
    name = _GPU_UTIL.sub(r"\1/gpu/util", name)
    name = "sys/" + _POWER_STATE.sub(r"\1/pstate", name)
    return "" if name == key else name


def matching(pattern: str, keys: Iterable[str]) -> list[str]:
    """Find the keys that a regular expression matches as a whole, in the order of *keys*.

    A key that has another name today is found by both; it is left out when there is a key of that name.

    Raises:
        UsageFault: It is no regular expression.
    """
    wanted, there = _compiled(pattern), list(keys)
    known = set(there)
    return [key for key in there if wanted.fullmatch(key) or (_other(key, known) and wanted.fullmatch(alias(key)))]


def find_key(word: str, keys: Iterable[str]) -> str:
    """Find the one key that a word means: a key, or the end of one behind a ``/``.

    Returns:
        The key; empty when there is none. Of several that end so, the one that comes first: the shortest, then the
        first in the order of the alphabet.
    """
    there = sorted(keys, key=lambda key: (len(key), key))
    known = set(there)
    if word in known:
        return word
    same = (key for key in there if _other(key, known) and alias(key) == word)
    ending = (key for key in there if key.endswith("/" + word))
    return next(same, "") or next(ending, "")


def _other(key: str, known: set[str]) -> bool:
    name = alias(key)
    return bool(name) and name not in known


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageFault(f"{pattern!r} is no regular expression: {error}") from error
