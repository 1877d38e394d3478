"""Whole trees: laid as copies, and made to tell nothing of when and by whom they were laid."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from guildpkg.errors import ArchiveError
from guildpkg.system.clone import clone_file
from guildpkg.system.disk import room_for, target_of


def copy_tree(origin: Path, target: Path, *, skip: Callable[[Path], bool] = lambda _: False) -> None:
    """Copy the content of *origin* into *target* (made if missing): files, links as links, executable bits.

    Files are reflinks where the file system can do that.

    Raises:
        ArchiveError: A file is in the way, or *origin* has something that is not a file, folder or link.
        DiskFull: There is no room.
    """
    with room_for(target):
        target.mkdir(parents=True, exist_ok=True)
        for item in sorted(origin.iterdir()):
            place = target / item.name
            if skip(item):
                continue
            if item.is_symlink():
                _free(place)
                place.symlink_to(os.fsdecode(target_of(item)))
            elif item.is_dir():
                copy_tree(item, place, skip=skip)
            elif item.is_file():
                _free(place)
                clone_file(item, place)
                place.chmod(0o755 if item.stat().st_mode & stat.S_IXUSR else 0o644)
            else:
                raise ArchiveError(f"{item} is neither a file, a folder nor a link")


def settle(root: Path, time: int) -> None:
    """Give all of a tree one time and plain modes, so that nothing in it tells when and by whom it was laid.

    Args:
        root: A folder that we made.
        time: Seconds since the epoch.
    """
    for folder, folders, files in os.walk(root, topdown=False):
        for name in files + folders:
            place = Path(folder, name)
            mode = place.lstat().st_mode
            if not stat.S_ISLNK(mode):
                place.chmod(0o755 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o644)
            os.utime(place, (time, time), follow_symlinks=False)
    root.chmod(0o755)
    os.utime(root, (time, time))


def _free(place: Path) -> None:
    if place.is_symlink() or place.exists():
        raise ArchiveError(f"{place.name} is there already", hint="two sources lay down a file of the same name")
