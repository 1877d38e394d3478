"""Why a hunk does not apply: what it has beside what the file has, at the place where most of it matches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.patches.diffs import FileDiff, Hunk
from guildpkg.patches.places import MOST, names_in, old_lines
from guildpkg.patches.read import Read

_MOST_COMPARED: Final = 4_000_000
_SHOWN: Final = 12


def failing_hunk(tree: Path, name: str, data: bytes, read: Read, said: tuple[str, int]) -> list[str]:
    """Show the hunk that git complains of.

    Args:
        tree: The tree, as the patch found it.
        name: The patch.
        data: Its bytes.
        read: What it says.
        said: The file that git names, and the first line of the hunk in the old file.

    Returns:
        Lines; none when the hunk or the file cannot be looked at.
    """
    file, first = said
    found = next(
        (pair for pair in _hunks(read) if pair[1].old == first and file in names_in(pair[0], read.strip)), None
    )
    place = tree / file
    if found is None or not place.is_file() or place.is_symlink() or place.stat().st_size > MOST:
        return []
    hunk = found[1]
    wanted = old_lines(data.split(b"\n"), hunk)
    there = place.read_bytes().split(b"\n")
    if len(wanted) * len(there) > _MOST_COMPARED:
        return []
    at, same = _nearest(wanted, there, hunk.old - 1)
    lines = [
        f"{name}:{hunk.line}: the nearest place is line {at + 1}, where {same} of {len(wanted)} lines are the same:"
    ]
    if (file_has := _carriage(there)) != _carriage(wanted):
        ours, theirs = ("CRLF", "LF") if file_has else ("LF", "CRLF")
        lines.append(f"  the lines of the file end in {ours}, those of the patch in {theirs}")
    shown = 0
    for offset, line in enumerate(wanted):
        other = there[at + offset] if at + offset < len(there) else None
        if other != line and shown < _SHOWN:
            shown += 1
            lines.append(f"  line {at + offset + 1}: the patch has {_text(line)}")
            lines.append(f"  {' ' * len(f'line {at + offset + 1}')}  the file has  {_text(other)}")
    return lines


def _carriage(lines: Sequence[bytes]) -> bool:
    """Tell whether most lines end in a carriage return."""
    return sum(line.endswith(b"\r") for line in lines) > len(lines) // 2


def _hunks(read: Read) -> list[tuple[FileDiff, Hunk]]:
    return [(diff, hunk) for diff in read.diffs for hunk in diff.hunks]


def _nearest(wanted: Sequence[bytes], there: Sequence[bytes], near: int) -> tuple[int, int]:
    """Find where most lines are the same; of equals the place nearest to where the hunk belongs."""
    best = (-1, 0, 0)
    for at in range(max(1, len(there) - len(wanted) + 1)):
        same = sum(a == b for a, b in zip(wanted, there[at : at + len(wanted)], strict=False))
        best = max(best, (same, -abs(at - near), at))
    return best[2], max(best[0], 0)


def _text(line: bytes | None) -> str:
    return "nothing: the file ends before" if line is None else repr(line.decode("utf-8", "backslashreplace"))
