"""Where the event files of a run lie: a walk through RUNDIR that follows no link."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from guildpkg.lean import dataclass

MARK: Final = "tfevents"
"""Part of the name of every event file."""
MOST_SEEN: Final = 200_000
"""Files and folders that are looked at; a run with more of them is not searched to its end."""


@dataclass(frozen=True, slots=True)
class Place:
    """An event file.

    Attributes:
        path: Relative to RUNDIR, ``/`` between the parts; bytes that are no text as lone surrogates.
        size: Bytes.
        changed: Time of its last change, nanoseconds since the epoch.
        inode: Number of the file.
    """

    path: str
    size: int
    changed: int
    inode: int

    @property
    def stamp(self) -> str:
        """What the file is like: another text after each change."""
        return f"{self.inode} {self.size} {self.changed}"

    @property
    def folder(self) -> str:
        """The folder that it lies in; empty for RUNDIR itself."""
        return self.path.rpartition("/")[0]


def event_files(rundir: Path) -> list[Place]:
    """Find the event files of a run, in the order of their paths.

    Args:
        rundir: RUNDIR; it may be gone, and may change meanwhile.
    """
    found: list[Place] = []
    seen = 0
    with contextlib.suppress(OSError):
        for place, folders, files, handle in os.fwalk(rundir, follow_symlinks=False):
            seen += len(folders) + len(files)
            below = os.path.relpath(place, rundir)
            for name in files:
                if MARK in name and (about := _about(name, handle)) is not None:
                    found.append(_place(name if below == os.curdir else f"{below}/{name}", about))
            if seen > MOST_SEEN:
                break
    return sorted(found, key=lambda item: item.path)


def file_in(folder: Path, name: str) -> Place | None:
    """Look at a file of the record; None when it is not there, or no file."""
    about = _about(os.fspath(folder / name), None)
    return None if about is None else _place(name, about)


def _place(path: str, about: os.stat_result) -> Place:
    return Place(path, about.st_size, about.st_mtime_ns, about.st_ino)


@contextlib.contextmanager
def opened(folder: Path, path: str) -> Iterator[int]:
    """Open a file below a folder; no part of its path may be a link by now.

    Raises:
        OSError: It cannot be opened.
    """
    *folders, name = path.split("/")
    with contextlib.ExitStack() as stack:
        handle = _open(os.fspath(folder), None, os.O_DIRECTORY, stack)
        for part in folders:
            handle = _open(part, handle, os.O_DIRECTORY, stack)
        yield _open(name, handle, os.O_NONBLOCK, stack)


def _open(name: str, folder: int | None, flags: int, stack: contextlib.ExitStack) -> int:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    stack.callback(os.close, handle)
    return handle


def _about(name: str, folder: int | None) -> os.stat_result | None:
    try:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return about if stat.S_ISREG(about.st_mode) else None


def without_inputs(files: Collection[Place], inputs: Collection[str], started: int) -> Iterator[Place]:
    """Leave out what was laid into RUNDIR for the run and not written since: it is nothing that the run measured.

    Args:
        files: Event files.
        inputs: Paths of files and folders that were laid out.
        started: When the process was started, nanoseconds since the epoch.
    """
    for file in files:
        laid = any(file.path == path or file.path.startswith(f"{path}/") or not path for path in inputs)
        if not laid or file.changed >= started > 0:
            yield file
