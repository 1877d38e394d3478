"""One content under several names: hard links, else clones that share their blocks; and one sync for all of it."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path
from typing import Final

from guildpkg.system.clone import clone_into
from guildpkg.system.disk import room_for, sync_folder

_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS: Final = (errno.EMLINK, errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def share(origin: Path, name: bytes, *, folder: int) -> None:
    """Give a file one more name, or where the file system cannot, make a clone or a copy of it.

    Args:
        origin: The file.
        name: The new name, one part of a path; it must be free.
        folder: Descriptor of the folder for it.
    """
    try:
        os.link(origin, name, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        source = os.open(origin, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _copy(source, name, folder)
        finally:
            os.close(source)


def try_share(name: bytes, target: Path | str, *, folder: int) -> bool:
    """Give a file one more name, or a clone; False when the file system can neither: a copy would save nothing.

    Args:
        name: The file, one part of a path.
        target: The new name; it must be free.
        folder: Descriptor of the file's folder.
    """
    try:
        os.link(name, target, src_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _try_clone(name, target, folder)
    return True


def point(link: Path, target: str) -> None:
    """Let a symbolic link lead elsewhere, or make it, all at once: it never leads nowhere meanwhile."""
    beside = link.with_name(f".{link.name}.{os.urandom(4).hex()}.tmp")
    with room_for(link):
        beside.symlink_to(target)
        try:
            beside.replace(link)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(link.parent)


def sync_all(folder: Path) -> None:
    """Make all that was written to the file system of *folder* so far survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if syncfs is None:
            os.sync()
        elif syncfs(handle):
            raise OSError(ctypes.get_errno(), f"{folder} could not be written out")
    finally:
        os.close(handle)


def _try_clone(name: bytes, target: Path | str, folder: int) -> bool:
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        handle = os.open(target, _NEW, 0o600)
        try:
            done = clone_into(source, handle)
            os.fchmod(handle, os.fstat(source).st_mode & 0o777)
        finally:
            os.close(handle)
        if not done:
            os.unlink(target)  # noqa: PTH108 - may be text
        return done
    finally:
        os.close(source)


def _copy(source: int, name: bytes, folder: int) -> None:
    about = os.fstat(source)
    handle = os.open(name, _NEW, 0o600, dir_fd=folder)
    try:
        if not clone_into(source, handle):
            with os.fdopen(os.dup(source), "rb") as origin, os.fdopen(os.dup(handle), "wb") as target:
                shutil.copyfileobj(origin, target, 1 << 20)
        os.fchmod(handle, about.st_mode & 0o777)
        os.utime(handle, ns=(about.st_atime_ns, about.st_mtime_ns))
    finally:
        os.close(handle)
