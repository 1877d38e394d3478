"""Why two builds of one file differ: the first bytes that do, and the cause that they give away.

A guess from content alone, made in the order of how sure it is. Who can build again under other conditions
(`guild package --twice`) knows better, and asks here only for the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from guildpkg.lean import dataclass

AROUND: Final = 32
"""Bytes of context on either side of the first difference."""
_LINE: Final = 300
_DAYS = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTHS = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_TIMES: Final = (
    rb"\d{4}-?[01]\d-?[0-3]\d(?:[T ]?\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?",
    rb"\d{1,2}:\d\d:\d\d(?:\.\d+)?(?: ?[AP]M)?",
    rb"(?:%s,? )?(?:\d{1,2} )?%s +\d{1,4}(?:[ ,]+[\d:]+)*(?: [AP]M)?(?: [A-Z]{3,4})?(?: \d{4})?" % (_DAYS, _MONTHS),
    rb"(?<!\d)(?:1[3-9]|2[01])\d{8}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?(?!\d)",
)
_PATH: Final = rb"(?:/[\w.+@~-]+){2,}/?"
_VERSION: Final = rb"(?<![\w.])v?\d+(?:\.\d+)+[\w.+-]*"
_NUMBER: Final = rb"\d+[.,]\d+"
_PLAUSIBLE: Final = range(1_300_000_000, 2_200_000_000)


@dataclass(frozen=True, slots=True)
class Place:
    """Where two contents begin to differ.

    Attributes:
        at: Offset of the first byte that differs, from 0.
        line: Its line, from 1; 0 in a file that is not text.
        old: What the one has there, printable, with a few bytes around.
        new: What the other has there.
    """

    at: int
    line: int
    old: str
    new: str


def place_of(old: bytes, new: bytes) -> Place:
    """Find the first difference of two contents that are not the same."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if old[low:middle] == new[low:middle] else (low, middle - 1)
    text = b"\0" not in old[:8000] and b"\0" not in new[:8000]
    return Place(
        low, old.count(b"\n", 0, low) + 1 if text else 0, _shown(old, low, text=text), _shown(new, low, text=text)
    )


def _shown(data: bytes, at: int, *, text: bool) -> str:
    start, end = max(0, at - AROUND), at + AROUND
    if text:
        start = max(start, data.rfind(b"\n", 0, at) + 1)
        stop = data.find(b"\n", at, end)
        end = stop if stop >= 0 else end
    piece = data[start:end]
    return piece.decode("utf-8", "backslashreplace") if text else piece.hex(" ")


def cause_of(old: bytes, new: bytes, *, name: str = "", paths: Sequence[bytes] = ()) -> str:
    """Say in words what makes two contents differ.

    Args:
        old: The one.
        new: The other.
        name: File name, which tells some formats.
        paths: Folders that one of the builds was made in.
    """
    at = place_of(old, new).at
    for look in (_in_header, _in_order, _in_encoding):
        if found := look(old, new, name):
            return found
    if any(
        path and (_spans(re.escape(path), data, at) or _spans(re.escape(path) + rb"[\w./+-]*", data, at))
        for path in paths
        for data in (old, new)
    ):
        return "an embedded path"
    checks: tuple[tuple[str, Sequence[bytes], Callable[[bytes, bytes], bool]], ...] = (
        ("an embedded path", (_PATH,), lambda _, __: True),
        ("a time stamp", _TIMES, lambda _, __: True),
        (
            "the locale: how numbers are written",
            (_NUMBER,),
            lambda a, b: a.replace(b",", b".") == b.replace(b",", b"."),
        ),
        ("another tool version", (_VERSION,), lambda _, __: True),
    )
    for cause, patterns, agrees in checks:
        for pattern in patterns:
            one, two = _spans(pattern, old, at), _spans(pattern, new, at)
            if one and two and agrees(one, two):
                return cause
    if _binary_time(old, new, at):
        return "a time stamp"
    return "its content, for no cause that shows: random numbers, the order of threads, or an input that is not pinned"


def _in_header(old: bytes, new: bytes, name: str) -> str:
    if old[:2] == new[:2] == b"\x1f\x8b" and old[:4] + old[8:] == new[:4] + new[8:]:
        return "a time stamp, in the header of a gzip file"
    if name.endswith(".pyc") and old[:8] + old[12:] == new[:8] + new[12:]:
        return "a time stamp, in the header of compiled Python"
    if old[:4] == new[:4] == b"PK\x03\x04" and place_of(old, new).at in range(10, 14):
        return "a time stamp, in the header of a zip file"
    return ""


def _in_order(old: bytes, new: bytes, _: str) -> str:
    one, two = old.split(b"\n"), new.split(b"\n")
    if sorted(one) != sorted(two):
        return ""
    plain, folded = sorted(one), sorted(one, key=lambda line: (line.lower(), line))
    if plain != folded and plain in (_ended(one), _ended(two)) and folded in (_ended(one), _ended(two)):
        return "the locale: how lines are sorted"
    return "the order of its lines: the order of files in a folder, of a set, or of threads"


def _ended(lines: Sequence[bytes]) -> list[bytes]:
    """Put the empty line behind the last newline where sorting has it."""
    return [b"", *lines[:-1]] if lines and not lines[-1] else list(lines)


def _in_encoding(old: bytes, new: bytes, _: str) -> str:
    for one, two in ((old, new), (new, old)):
        try:
            text = one.decode("utf-8")
        except UnicodeDecodeError:
            continue
        ascii_ways = (
            text.encode("ascii", how) for how in ("replace", "backslashreplace", "ignore", "xmlcharrefreplace")
        )
        if not text.isascii() and two in (*ascii_ways, text.encode("latin-1", "replace")):
            return "the locale: how text is encoded"
    return ""


def _spans(pattern: bytes, data: bytes, at: int) -> bytes:
    """Give what a pattern matches at or across an offset, in its line; empty when it does not."""
    start = max(data.rfind(b"\n", 0, at) + 1, at - _LINE)
    line = data[start : at + _LINE].partition(b"\n")[0]
    place = at - start
    return next((m[0] for m in re.finditer(pattern, line) if m.start() <= place <= m.end() and m[0]), b"")


def _binary_time(old: bytes, new: bytes, at: int) -> bool:
    if b"\0" not in old[:8000]:
        return False
    starts = range(max(0, at - 3), at + 1)
    return any(
        int.from_bytes(old[start : start + 4], order) in _PLAUSIBLE
        and int.from_bytes(new[start : start + 4], order) in _PLAUSIBLE
        for start in starts
        for order in ("little", "big")
    )
