"""Are the inputs of a run at its end what they were at its start?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from guildpkg.core.digests import Sha256
from guildpkg.core.runs.record import ResourceRow
from guildpkg.lean import dataclass
from guildpkg.system.disk import hash_file, scan

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Seal:
    """An input as it was laid.

    Attributes:
        path: Where it is.
        row: What the record says of it.
        mark: What a change of it would change, as `mark_of` gives it.
    """

    path: Path
    row: ResourceRow
    mark: tuple[int, ...]


def mark_of(path: Path) -> tuple[int, ...]:
    """Give what tells without reading that a file has not been touched; a link is followed."""
    about = path.stat()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def seal(path: Path, row: ResourceRow) -> Seal:
    """Remember a file that has just been hashed."""
    return Seal(path, row, mark_of(path))


def seals_of(rows: Iterable[ResourceRow], base: Path) -> tuple[Seal, ...]:
    """Remember what was laid by another process; what may be changed there, and what is gone, is left out.

    Args:
        rows: What the record says.
        base: The working directory.
    """
    found: list[Seal] = []
    for row in rows:
        place = base / row.path
        if row.sha256 and place.is_file():
            found += _read_only(place, row)
        elif row.sha256 and place.is_dir():
            for entry in scan(place):
                path = os.fsdecode(entry.path)
                inside = ResourceRow(row.name, f"{row.path}/{path}", row.source, entry.sha256, entry.size)
                found += _read_only(place / path, inside) if entry.kind == "file" else ()
    return tuple(found)


def _read_only(place: Path, row: ResourceRow) -> Iterator[Seal]:
    if not place.stat().st_mode & 0o222:
        yield seal(place, row)


def changed(seals: Iterable[Seal]) -> tuple[ResourceRow, ...]:
    """Find the inputs that are not what they were.

    Only a file that was touched is read again, so that large inputs do not hold up the end of a run.

    Returns:
        A row for each, with the hash that it has now; with none where it is gone or cannot be read.
    """
    rows = []
    for item in seals:
        found, size = _now(item)
        if found != item.row.sha256:
            rows.append(ResourceRow(item.row.name, item.row.path, item.row.source, found, size))
    return tuple(rows)


def _now(item: Seal) -> tuple[Sha256, int]:
    try:
        if not item.path.is_file():
            return Sha256(""), 0
        if mark_of(item.path) == item.mark:
            return Sha256(item.row.sha256), item.row.size
        return hash_file(item.path), item.path.stat().st_size
    except OSError:
        return Sha256(""), 0


def describe(rows: Iterable[ResourceRow]) -> str:
    """Name what has changed: ``data.csv (changed), labels.csv (deleted)``."""
    names = [f"{os.path.normpath(row.path)} ({'changed' if row.sha256 else 'deleted'})" for row in rows]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
