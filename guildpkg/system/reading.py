"""The only gate to reading what a program left in a folder: never through a link, never anything but a plain file.

Scripts may put into their run what they like, links to other people's files among them, and change it while it is
read. So a path is walked step by step by descriptors, each opened without following links.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from guildpkg.errors import GuildError, Unknown
from guildpkg.lean import dataclass

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in a folder under a name.

    Attributes:
        name: Raw name.
        kind: ``file``, ``folder``, ``link`` or ``other``.
        size: Bytes of a file, 0 for all else.
        time: When it was changed, nanoseconds since the epoch.
        target: What a link says, raw.
    """

    name: bytes
    kind: str
    size: int
    time: int
    target: bytes = b""


def open_below(root: Path, relative: bytes) -> BufferedReader:
    """Open a plain file below a folder.

    Args:
        root: The folder.
        relative: Raw path below it, ``/`` between the parts.

    Raises:
        Unknown: There is no such file; a link, a pipe or a device is none.
        GuildError: The path leads out, or the file cannot be read.
    """
    *folders, name = _parts(relative)
    with _standing_in(root, folders, relative) as handle, _explained(relative):
        file = os.open(name, _FILE, dir_fd=handle)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise Unknown(f"{_shown(relative)} is no file")
        return os.fdopen(file, "rb")


def list_below(root: Path, relative: bytes) -> list[Found]:
    """List a folder below *root* (empty for itself), in byte order of the names.

    Raises:
        Unknown: There is no such folder; a link is none.
        GuildError: The path leads out, or the folder cannot be read.
    """
    parts = _parts(relative) if relative else []
    with _standing_in(root, parts, relative) as handle, _explained(relative):
        # a descriptor lists text; fsencode gives the raw names back
        names = sorted(os.fsencode(name) for name in os.listdir(handle))  # noqa: PTH208 - of a descriptor
        found = (_found(handle, name) for name in names)
        return [item for item in found if item is not None]


def _found(handle: int, name: bytes) -> Found | None:
    try:
        about = os.stat(name, dir_fd=handle, follow_symlinks=False)
        target = os.readlink(name, dir_fd=handle) if stat.S_ISLNK(about.st_mode) else b""
    except OSError:  # it went away meanwhile
        return None
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(about.st_mode), "other")
    return Found(name, kind, about.st_size if kind == "file" else 0, about.st_mtime_ns, target)


@contextlib.contextmanager
def _standing_in(root: Path, folders: list[bytes], shown: bytes) -> Iterator[int]:
    with _explained(shown):
        handle = os.open(root, _FOLDER)
    try:
        for name in folders:
            with _explained(shown):
                below = os.open(name, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def _parts(relative: bytes) -> list[bytes]:
    parts = relative.split(b"/")
    if any(part in (b"", b".", b"..") for part in parts) or b"\0" in relative:
        raise GuildError(f"{_shown(relative)} leads out of the folder")
    return parts


@contextlib.contextmanager
def _explained(relative: bytes) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise GuildError(f"{_shown(relative)} cannot be read: {error.strerror}") from error
    except OSError as error:  # missing, a link, a file on the way, a name too long, gone meanwhile
        raise Unknown(f"{_shown(relative)} is not there, or is a link") from error


def _shown(relative: bytes) -> str:
    return relative.decode(errors="backslashreplace")[:300] or "the folder"
