"""A file's content into another file without writing it twice, where the file system can do that."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Final

_FICLONE: Final = 0x40049409
"""Linux: share all blocks of a file until one of both is written to (Btrfs, XFS, bcachefs, overlays of these)."""
_CHUNK: Final = 1 << 20
_NOT_HERE: Final = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ETXTBSY, errno.EBADF)


def clone_file(origin: Path, target: Path) -> None:
    """Make *target*, a new file with the content of *origin*: as a reflink, else by copying.

    What is written to one of them is never seen in the other. A part of *target* that a failure left is removed.

    Raises:
        FileExistsError: *target* is there already, also as a link.
        OSError: It cannot be read or written.
    """
    with origin.open("rb") as source, target.open("xb") as file:
        try:
            if not clone_into(source.fileno(), file.fileno()):
                _copy(source.fileno(), file.fileno())
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def clone_into(source: int, target: int) -> bool:
    """Make an empty file share the content of another; False where the file system cannot.

    Args:
        source: Descriptor that can be read.
        target: Descriptor of an empty file that can be written.
    """
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in (*_NOT_HERE, errno.ENOTTY):
            return False
        raise
    return True


def _copy(source: int, target: int) -> None:
    while chunk := os.read(source, _CHUNK):
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
