"""A file that only one of several writers can make: whole or not at all, and never in the place of another."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from guildpkg.system.disk import room_for, sync_folder

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
"""How file systems without hard links answer."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def create(path: Path, data: bytes, *, mode: int = 0o644) -> bool:
    """Make a file that must not be there yet.

    After a kill there is the whole file or none, and perhaps a ``.NAME.XXXX.tmp`` beside it.

    Args:
        path: Where; its folder exists.
        data: Its content.
        mode: Its permission bits.

    Returns:
        False when there is such a file already; it stays as it is.

    Raises:
        DiskFull: There is no room.
        GuildError: The place cannot be written to.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with room_for(path):
        try:
            with os.fdopen(os.open(beside, _NEW, mode), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            made = _take(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(path.parent)
    return made


def _take(beside: Path, path: Path) -> bool:
    """Give a file its name unless somebody else has it."""
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        try:
            os.close(os.open(path, _NEW))
        except FileExistsError:
            return False
        beside.replace(path)
    return True
