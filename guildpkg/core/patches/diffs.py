"""What a unified diff says, read without applying it: which files, which hunks, which names.

The counts in a hunk's header say where it ends, so a removed line ``-- x``, which reads ``--- x``, is content and no
header. Names come as git writes them (quoted in C's way where they hold odd bytes) and as diff does (a tab and a time
behind them). `git apply` decides about everything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from guildpkg.lean import dataclass

NOTHING: Final = b"/dev/null"
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_DIGITS: Final = 12
"""Digits of a number that are read: more lines than that has no file, and `git apply` judges such a hunk."""
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS: Final = dict(zip(b'abfnrtv\\"', b'\a\b\f\n\r\t\v\\"', strict=True))
_GIT = b"diff --git "


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place that changes.

    Attributes:
        line: Line of its header in the patch, from 1.
        old: First line of the old file, from 1; 0 in an empty file.
        old_count: Lines of the old file.
        new: First line of the new file.
        new_count: Lines of the new file.
    """

    line: int
    old: int
    old_count: int
    new: int
    new_count: int

    @property
    def is_without_context(self) -> bool:
        """True when it adds lines inside a file and shows none of those around them."""
        return self.old_count == 0 and self.old > 0


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file of a patch.

    Attributes:
        line: Where it begins in the patch, from 1.
        old: Raw name of the old file as written, prefix and all; `NOTHING` where it is created, empty where only
            git's header names it (a change of mode, a rename, a binary).
        new: The same of the new file.
        is_git: True when git's own header precedes it.
        hunks: Its hunks, in order.
    """

    line: int
    old: bytes
    new: bytes
    is_git: bool
    hunks: tuple[Hunk, ...]

    @property
    def names(self) -> tuple[bytes, ...]:
        """The names that are those of files."""
        return tuple(name for name in (self.old, self.new) if name not in (b"", NOTHING))


def read_diffs(data: bytes) -> tuple[FileDiff, ...]:
    """Read a patch; what is no part of a unified diff (a mail's head, a description) is passed over.

    A diff that breaks off in a hunk is read as far as it goes.
    """
    return tuple(_files(data.split(b"\n")))


def _files(lines: list[bytes]) -> Iterator[FileDiff]:
    at = 0
    begun = -1
    while at < len(lines):
        line = lines[at]
        if line.startswith(_GIT):
            if begun >= 0:
                yield FileDiff(begun + 1, b"", b"", True, ())
            begun = at
        elif line.startswith(b"--- ") and at + 1 < len(lines) and lines[at + 1].startswith(b"+++ "):
            old, new = name_of(line[4:]), name_of(lines[at + 1][4:])
            hunks, after = _hunks(lines, at + 2)
            yield FileDiff((begun if begun >= 0 else at) + 1, old, new, begun >= 0, hunks)
            begun, at = -1, after
            continue
        at += 1
    if begun >= 0:
        yield FileDiff(begun + 1, b"", b"", True, ())


def _hunks(lines: list[bytes], at: int) -> tuple[tuple[Hunk, ...], int]:
    hunks = []
    while at < len(lines) and (head := _HUNK.match(lines[at])):
        old, old_count, new, new_count = (1 if number is None else int(number[:_DIGITS]) for number in head.groups())
        hunks.append(Hunk(at + 1, old, old_count, new, new_count))
        at = _end_of(lines, at + 1, old_count, new_count)
    return tuple(hunks), at


def _end_of(lines: list[bytes], at: int, old: int, new: int) -> int:
    """Count a hunk's lines off; the note about a missing newline belongs to the line before it."""
    while at < len(lines) and (old > 0 or new > 0 or lines[at].startswith(b"\\")):
        kind = lines[at][:1]
        if kind not in (b" ", b"-", b"+", b"\\", b"", b"\r"):
            break
        old -= kind in (b" ", b"-", b"", b"\r")
        new -= kind in (b" ", b"+", b"", b"\r")
        at += 1
    return at


def name_of(written: bytes) -> bytes:
    """Read the name behind ``---`` or ``+++``: quoted by git, or with a tab and a time behind it."""
    written = written.rstrip(b"\r")
    if written.startswith(b'"') and (end := written.rfind(b'"')) > 0:
        return _ESCAPED.sub(_unescape, written[1:end])
    return written.partition(b"\t")[0]


def _unescape(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) & 0xFF if code.isdigit() else _LETTERS.get(code[0], code[0])])


def without(name: bytes, level: int) -> bytes:
    """Take *level* leading parts from a name; empty when it has no more than these."""
    return name.split(b"/", level)[level] if name.count(b"/") >= level else b""


def changed_lines(data: bytes) -> tuple[int, int]:
    """Count the lines that a patch adds and removes."""
    lines = data.split(b"\n")
    added = removed = 0
    for hunk in (hunk for diff in read_diffs(data) for hunk in diff.hunks):
        body = lines[hunk.line : _end_of(lines, hunk.line, hunk.old_count, hunk.new_count)]
        added += sum(line.startswith(b"+") for line in body)
        removed += sum(line.startswith(b"-") for line in body)
    return added, removed
