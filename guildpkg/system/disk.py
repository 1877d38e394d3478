"""The only gate to writing files: beside and then renamed, under locks, never outside the folder meant."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from guildpkg.core.digests import Entry, Sha256, dir_entry, link_entry
from guildpkg.errors import ArchiveError, Busy, DiskFull, GuildError

CHUNK = 1 << 20
_Failure = tuple[type[BaseException], BaseException, TracebackType]
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)


@contextlib.contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Turn "no space left" and its kin, while *path* is written, into an error that names the place.

    Raises:
        DiskFull: The file system is full, a quota is reached, or a file would grow too large.
        GuildError: The place cannot be written to; what fails elsewhere meanwhile stays the error that it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"no room left while writing {path}", hint="free some space and run it again") from error
        if error.errno in _CLOSED and _concerns(error, path):
            hint = "see who owns it and how its disk is mounted, or choose another place"
            raise GuildError(f"{path} cannot be written: {error.strerror}", hint=hint) from error
        raise


def _concerns(error: OSError, path: Path) -> bool:
    """Tell whether an error is about a place: what it names is it, lies below or beside it, or above it."""
    if not isinstance(error.filename, str | bytes):
        return True  # it was opened before, and by us
    named = Path(os.fsdecode(error.filename))
    return not named.is_absolute() or named.is_relative_to(path.parent) or path.is_relative_to(named)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Open a new file beside *path*; when the block ends well, it takes the name of *path*.

    A reader sees the old content or the new, never a part. After an error or a kill *path* is as it was; after a
    kill a file ``.NAME.XXXX.tmp`` may be left, which `sweep` removes.

    Raises:
        DiskFull: There is no room.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    with room_for(path):
        try:
            with beside.open("xb") as file:
                yield file
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Give *path* new content all at once; see `replacing`."""
    with replacing(path, mode=mode) as file:
        file.write(data)


def sweep(folder: Path, name: str) -> None:
    """Remove what killed writers of ``folder/name`` left behind; call it while holding the lock they held."""
    for left in folder.glob(f".{name}.????????.tmp"):
        left.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(
    path: Path, *, wait: float = 600.0, waiting: Callable[[], None] | None = None, folder: bool = False
) -> Iterator[None]:
    """Hold an exclusive lock on *path*, a folder that exists or a file that is made and never deleted.

    Args:
        path: What to lock.
        wait: Seconds to wait for another process before giving up.
        waiting: Called once when the lock is held by somebody else.
        folder: True where only a folder is meant: none is no reason to make a file of that name.

    Raises:
        Busy: The lock was not free in time.
        FileNotFoundError: A folder is meant, and there is none.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY if folder or path.is_dir() else os.O_RDWR | os.O_CREAT
    handle = os.open(path, flags | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(handle):
            if waiting is not None:
                waiting()
                waiting = None
            if time.monotonic() >= deadline:
                raise Busy(f"{path} is in use by another guild process", hint="wait for it to end, then try again")
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def inside(root: Path, relative: bytes) -> Path:
    """Join a path that came from outside to *root*, and refuse what would leave it.

    The parents that exist are looked at as they are on disk: none may be a symbolic link, so that nothing is ever
    written through one.

    Args:
        root: A folder that we made.
        relative: Raw path, ``/`` between the parts.

    Raises:
        ArchiveError: The path is empty, absolute, has ``..`` or NUL in it, or passes through a link or a file.
    """
    shown = os.fsdecode(relative)
    parts = relative.split(b"/")
    if not relative or relative.startswith(b"/") or b"\0" in relative or b".." in parts:
        raise ArchiveError(f"the path {shown!r} leads out of its folder")
    place = root
    names = [os.fsdecode(part) for part in parts if part not in (b"", b".")]
    if not names:
        raise ArchiveError(f"the path {shown!r} names no file")
    for name in names[:-1]:
        place = place / name
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISDIR(place.lstat().st_mode):
                raise ArchiveError(f"the path {shown!r} passes through {name!r}, which is not a folder")
    return place / names[-1]


def remove(path: Path) -> None:
    """Remove a file, a link or a whole tree, also one that hooks made read-only. A missing path is fine."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
        return
    import shutil  # with three compressors; who lists runs or starts one removes no tree

    def unlock(function: Callable[..., object], name: str, failure: _Failure) -> None:
        if isinstance(failure[1], FileNotFoundError):
            return  # somebody else has removed it meanwhile
        parent = Path(name).parent
        parent.chmod(parent.stat().st_mode | stat.S_IRWXU)
        if not Path(name).is_symlink() and Path(name).is_dir():
            Path(name).chmod(stat.S_IRWXU)
            shutil.rmtree(name, onerror=unlock)
        else:
            function(name)

    if path.exists():
        shutil.rmtree(path, onerror=unlock)


def hash_file(path: Path) -> Sha256:
    """Hash the content of a file."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            whole.update(chunk)
    return Sha256(whole.hexdigest())


def scan(root: Path, odd: Callable[[bytes], None] | None = None) -> tuple[Entry, ...]:
    """Read a tree: every file, link and empty directory below *root*, in byte order of the paths.

    Args:
        root: The tree.
        odd: Called for whatever is something else (a socket, a pipe, a device), which is left out; None to refuse it.

    Raises:
        ArchiveError: There is something else than files, links and directories, and nobody wants to hear of it.
    """
    return tuple(sorted(_scan(os.fsencode(root), b"", odd or _refuse), key=lambda entry: entry.path))


def _refuse(path: bytes) -> None:
    hint = "remove it: packages and sources hold files, folders and links, and no sockets, pipes or devices"
    raise ArchiveError(f"{os.fsdecode(path)} is neither a file, a folder nor a link", hint=hint)


def _scan(root: bytes, below: bytes, odd: Callable[[bytes], None]) -> Iterator[Entry]:
    empty = True
    with os.scandir(os.path.join(root, below) if below else root) as found:  # noqa: PTH118 - raw bytes
        items = list(found)
    for item in items:
        empty = False
        path = below + b"/" + item.name if below else item.name
        if item.is_symlink():
            yield link_entry(path, os.readlink(item.path))  # noqa: PTH115 - raw bytes
        elif item.is_dir(follow_symlinks=False):
            yield from _scan(root, path, odd)
        elif item.is_file(follow_symlinks=False):
            about = item.stat(follow_symlinks=False)
            executable = bool(about.st_mode & stat.S_IXUSR)
            yield Entry(path, "file", executable, about.st_size, hash_file(Path(os.fsdecode(item.path))))
        else:
            odd(item.path)
    if empty and below:
        yield dir_entry(below)


def target_of(link: Path) -> bytes:
    """Read where a link leads, byte for byte: pathlib would make ``a`` of ``./a`` and of ``a/``."""
    return os.readlink(os.fsencode(link))  # noqa: PTH115 - raw bytes
