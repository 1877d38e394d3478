"""Whether a hunk that moved could as well have gone elsewhere: lines that a file has twice tell no place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from guildpkg.core.patches.diffs import FileDiff, Hunk, without
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass
from guildpkg.patches.read import Read
from guildpkg.system.disk import inside

MOST: Final = 1 << 20
"""Bytes of a file that is looked at."""
_TOLD: Final = 5
"""Most places that are named."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A hunk that was found off its place.

    Attributes:
        file: The file, relative to the tree.
        hunk: Number of the hunk in the patch's part about that file, from 1.
        line: First line of the hunk in the new file.
        by: Lines that it is off its place.
    """

    file: str
    hunk: int
    line: int
    by: int

    def __str__(self) -> str:
        """Write it for people."""
        return f"{self.file}: hunk {self.hunk} applied at line {self.line}, {self.by:+d} from its place"


def before(tree: Path, read: Read) -> dict[str, bytes]:
    """Read the files that a patch changes, as it finds them; large ones and those outside are passed over."""
    found = {}
    for name in {name for diff in read.diffs if diff.hunks for name in names_in(diff, read.strip)}:
        try:
            place = inside(tree, os.fsencode(name))
        except ArchiveError:
            continue  # git says what is wrong with it
        if place.is_file() and not place.is_symlink() and place.stat().st_size <= MOST:
            found[name] = place.read_bytes()
    return found


def doubtful(files: Mapping[str, bytes], data: bytes, read: Read, moved: Sequence[Moved]) -> Iterator[str]:
    """Tell of hunks that moved and fit at more than one place.

    Args:
        files: What the patch found, by name.
        data: The patch.
        read: What it says.
        moved: The hunks that moved.
    """
    lines = data.split(b"\n")
    for item in moved:
        diff = next((diff for diff in read.diffs if item.file in names_in(diff, read.strip)), None)
        content = files.get(item.file)
        if diff is None or content is None or len(diff.hunks) < item.hunk:
            continue
        hunk = diff.hunks[item.hunk - 1]
        body = body_of(lines, hunk)
        if not body or not body[-1].startswith(b" "):
            continue  # it belongs to the end of the file, and nowhere else
        at = list(islice(places_of(old_lines(lines, hunk), content), _TOLD + 1))
        if len(at) > 1:
            often = f"{len(at)} times" if len(at) <= _TOLD else f"more than {_TOLD} times"
            told = ", ".join(f"{place:,}" for place in at[:_TOLD]) + ", ..." * (len(at) > _TOLD)
            yield f"{item}, and what it expects stands in the file {often}: at lines {told}"


def names_in(diff: FileDiff, strip: int) -> set[str]:
    """Give the names of a file of a patch, without the parts that are none of ours."""
    return {os.fsdecode(without(name, strip)) for name in diff.names}


def places_of(wanted: Sequence[bytes], content: bytes) -> Iterator[int]:
    """Find the places, from 1, at which a file has some lines; each is found in a time that grows with the file."""
    sought, there = b"\n%b\n" % b"\n".join(wanted), b"\n%b\n" % content
    at = there.find(sought)
    while at >= 0:
        yield there.count(b"\n", 0, at) + 1
        at = there.find(sought, at + 1)


def old_lines(lines: Sequence[bytes], hunk: Hunk) -> list[bytes]:
    """Give the lines that a hunk expects in the old file.

    Args:
        lines: The lines of the patch.
        hunk: The hunk.
    """
    kept = [line for line in body_of(lines, hunk) if line[:1] != b"+"]
    return [line[1:] if line[:1] in (b" ", b"-") else line for line in kept]


def body_of(lines: Sequence[bytes], hunk: Hunk) -> list[bytes]:
    """Give the lines of a hunk as the patch has them, without notes about missing newlines."""
    found: list[bytes] = []
    old, new = hunk.old_count, hunk.new_count
    for line in lines[hunk.line :]:
        kind = line[:1]
        if (old <= 0 and new <= 0) or kind not in (b" ", b"-", b"+", b"\\", b"", b"\r"):
            break
        if kind != b"\\":
            old -= kind != b"+"
            new -= kind != b"-"
            found.append(line)
    return found
