"""One file into a place where nothing is yet: whole or not at all, and safe from what is done to it there.

The file is made beside and then renamed; a kill leaves at most ``.NAME.XXXX.tmp``, which `sweep_parts` removes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from guildpkg.system.clone import clone_file, clone_into
from guildpkg.system.disk import inside, room_for

Way = Literal["copy", "sealed", "move", "link"]
"""How a file gets there.

``copy``: a reflink, else a copy. ``sealed``: the same, but a large file that nobody may write to, here or there, is a
hard link where it cannot be a reflink. ``move``: the file itself goes there. ``link``: a symbolic link to it.
"""

LARGE: Final = 16 << 20
"""Bytes from which copying a sealed file costs more than it protects."""

_WRITABLE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def place_file(
    origin: Path, root: Path, relative: str, *, way: Way, writable: bool = False, durable: bool = False
) -> Path:
    """Put a file below a folder; folders on the way are made.

    Args:
        origin: The file; a link is followed.
        root: The folder.
        relative: Path below it, ``/`` between the parts.
        way: How.
        writable: Whether it may be changed there. Otherwise it is made read-only, with its executable bit.
        durable: Whether it has to be there after a power cut.

    Returns:
        Where it is.

    Raises:
        ArchiveError: The path leads out of the folder, or through a link or a file.
        FileExistsError: Something is there already.
        DiskFull: There is no room.
    """
    place = inside(root, os.fsencode(relative))
    with room_for(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(place):
            raise FileExistsError(errno.EEXIST, "it is there already", str(place))
        beside = place.with_name(f"{_part(place.name)}{secrets.token_hex(4)}.tmp")
        try:
            about = origin.stat()
            if not _make(origin, beside, way, sealed=not about.st_mode & _WRITABLE):
                mode = (0o644 if writable else 0o444) | (0o111 if about.st_mode & stat.S_IXUSR else 0)
                _settle(beside, mode, durable=durable)
            beside.rename(place)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    return place


def sweep_parts(root: Path, relatives: Iterable[str]) -> None:
    """Remove what killed writers of these files left beside them; call it while holding the lock they held.

    Args:
        root: The folder.
        relatives: Paths below it.
    """
    names: dict[str, set[str]] = {}
    for relative in relatives:
        folder, _, name = relative.rpartition("/")
        names.setdefault(folder, set()).add(_part(name))
    for folder, parts in names.items():
        for left in (root / folder).glob(".*.????????.tmp"):
            if left.name[:-12] in parts:
                left.unlink(missing_ok=True)


def _part(name: str) -> str:
    """Give what the name of a file begins with while it is made; it has to leave room for the rest."""
    return f".{os.fsdecode(os.fsencode(name)[:200])}."


def _make(origin: Path, beside: Path, way: Way, *, sealed: bool) -> bool:
    """Make the file; say whether it shares its mode with another place, so that it must be left alone."""
    if way == "link":
        beside.symlink_to(origin.resolve())
        return True
    if way == "move":
        origin.rename(beside)
        return False
    if way == "sealed" and sealed and origin.stat().st_size >= LARGE:
        return _share(origin, beside)
    clone_file(origin, beside)
    return False


def _share(origin: Path, beside: Path) -> bool:
    """Make a reflink, else a hard link, else a copy; say whether it is a hard link."""
    with origin.open("rb") as source, beside.open("xb") as file:
        if clone_into(source.fileno(), file.fileno()):
            return False
    beside.unlink()
    # not on this file system, or not ours: some systems allow no links to the files of others
    with contextlib.suppress(OSError):
        os.link(origin.resolve(), beside)
        return True
    clone_file(origin, beside)
    return False


def _settle(beside: Path, mode: int, *, durable: bool) -> None:
    handle = os.open(beside, os.O_RDONLY)
    try:
        os.fchmod(handle, mode)
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)
