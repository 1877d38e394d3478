"""The one gate through which the members of an archive become files.

Files are created new, never written over or through a link. Links are made last, when all of them are known and none
leads out, even by way of the others. Modes are 0644 and 0755, in a frozen tree 0444 and 0555. If anything fails, all
that was written is taken away again; what was there before stays. Only a kill leaves a part: extract into a folder of
your own and rename it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from guildpkg.core.archive.layout import check_path, check_target, show
from guildpkg.core.archive.link_chains import first_leaving
from guildpkg.core.digests import Entry, Sha256, dir_entry, link_entry
from guildpkg.core.words import in_bytes
from guildpkg.errors import ArchiveError
from guildpkg.system.disk import CHUNK, room_for
from guildpkg.system.sharing import share
from guildpkg.system.unpack.treefolders import Folders

MOST_NAMES: Final = 256 << 20
"""Most bytes of all paths and targets together, which are held in memory until the end."""

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNWILLING: Final = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)


@contextlib.contextmanager
def writing(target: Path, *, members: int, frozen: bool = False) -> Iterator[TreeWriter]:
    """Write members below *target*, which is made when it is missing and may hold other files already.

    When the block ends well the links are made, and `TreeWriter.entries` is complete. Otherwise what was written is
    removed, *target* too if it was made here.

    Args:
        target: The folder.
        members: Most files and folders that may be made.
        frozen: Make files that nobody may write to: 0444 and 0555.

    Raises:
        ArchiveError: A member is refused, or the file system cannot hold its name.
        DiskFull: There is no room.
    """
    with room_for(target):
        made = not target.exists()
        target.mkdir(parents=True, exist_ok=True)
        tree = TreeWriter(os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), members, frozen=frozen)
        try:
            yield tree
            tree.finish()
        except BaseException as error:
            tree.folders.undo()
            if made:
                with contextlib.suppress(OSError):  # somebody else may have written there meanwhile
                    target.rmdir()
            if isinstance(error, OSError) and error.errno in _UNWILLING:
                raise ArchiveError(f"a name in the archive cannot be had in {target}: {error.strerror}") from error
            raise
        finally:
            tree.folders.close()


class TreeWriter:
    """Writes members below a folder; made by `writing`.

    Args:
        root: Descriptor of the folder.
        members: Most files and folders that may be made.
        frozen: Make files that nobody may write to.

    Attributes:
        entries: What was written, by path; empty folders are added at the end.
        folders: The folders, and what has to be taken away after a failure.
    """

    def __init__(self, root: int, members: int, *, frozen: bool = False) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.folders = Folders(root, self.entries, members)
        self._links: dict[bytes, bytes] = {}
        self._members = members
        self._names = 0
        self._mask = 0o555 if frozen else 0o755
        self._frozen = frozen
        self._right: dict[int, bool] = {}

    def file(self, path: bytes, content: Iterable[memoryview], *, executable: bool, mtime: int) -> Entry:
        """Write a file.

        Args:
            path: Where, as `core.archive.layout.check_path` accepts it.
            content: Its bytes.
            executable: Whether it gets 0755 instead of 0644.
            mtime: Its time, seconds since the epoch.
        """
        name = self._place(path)
        mode = self._mask & (0o755 if executable else 0o644)
        try:
            handle = os.open(name, _NEW, mode if self._frozen else 0o600, dir_fd=self.folders.handle)
        except FileExistsError as error:
            raise self.folders.in_the_way(path) from error
        whole = hashlib.sha256()
        size = 0
        try:
            self.folders.note(path)
            for piece in content:
                whole.update(piece)
                size += len(piece)
                _write(handle, piece)
            if not self._made_right(handle, mode):
                os.fchmod(handle, mode)
            os.utime(handle, (mtime, mtime))
        finally:
            os.close(handle)
        entry = Entry(path, "file", executable, size, Sha256(whole.hexdigest()))
        self.entries[path] = entry
        return entry

    def _made_right(self, handle: int, mode: int) -> bool:
        """Tell whether files are made with their last mode; the first of each mode shows it, as all are made alike."""
        if mode not in self._right:
            self._right[mode] = self._frozen and os.fstat(handle).st_mode & 0o7777 == mode
        return self._right[mode]

    def adopt(self, path: bytes, origin: Path, entry: Entry) -> None:
        """Give a file that lies elsewhere a name here.

        Args:
            path: Where.
            origin: The file.
            entry: What it is.
        """
        name = self._place(path)
        try:
            share(origin, name, folder=self.folders.handle)
        except FileExistsError as error:
            raise self.folders.in_the_way(path) from error
        self.folders.note(path)
        self.entries[path] = entry

    def folder(self, path: bytes) -> None:
        """Make a folder, unless it is there."""
        self._check(path)
        if path in self.entries:
            raise ArchiveError(f"{show(path)} is in the archive twice")
        self.folders.enter(path)

    def link(self, path: bytes, target: bytes) -> None:
        """Remember a link; it is made when all is written."""
        if problem := check_target(path, target):
            raise ArchiveError(f"the link {show(path)} to {show(target)} is refused: {problem}")
        self._place(path, target)
        if len(self._links) >= self._members:
            raise ArchiveError(f"the archive has more than {self._members:,} members")
        self._links[path] = target
        self.entries[path] = link_entry(path, target)

    def copy(self, path: bytes, origin: bytes, *, mtime: int) -> None:
        """Write a hard link as a file of its own, with the content of an earlier member."""
        earlier = self.entries.get(origin)
        if earlier is None:
            raise ArchiveError(f"the hard link {show(path)} leads to {show(origin)}, which is no earlier member")
        if earlier.kind == "link":
            self.link(path, earlier.target)
            return
        above, _, name = origin.rpartition(b"/")
        self.folders.enter(above)
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.folders.handle)
        with os.fdopen(handle, "rb") as file:
            pieces = iter(lambda: memoryview(file.read(CHUNK)), b"")
            self.file(path, pieces, executable=earlier.executable, mtime=mtime)

    def finish(self) -> None:
        """Make the links, and list the folders that are empty."""
        if (leaving := first_leaving(self._links)) is not None:
            link = f"the link {show(leaving)} to {show(self._links[leaving])}"
            raise ArchiveError(f"{link} is refused: it leads outside by way of other links")
        for path, target in self._links.items():
            above, _, name = path.rpartition(b"/")
            self.folders.enter(above)
            try:
                os.symlink(target, name, dir_fd=self.folders.handle)
            except FileExistsError as error:
                raise self.folders.in_the_way(path) from error
            self.folders.note(path)
        full = {path.rpartition(b"/")[0] for path in (*self.entries, *self.folders.known)}
        self.entries |= {path: dir_entry(path) for path in self.folders.known - full}

    def _check(self, path: bytes, target: bytes = b"") -> None:
        if problem := check_path(path):
            raise ArchiveError(f"the path {show(path)} is refused: {problem}")
        self._names += len(path) + len(target)
        if self._names > MOST_NAMES:
            raise ArchiveError(f"the names in the archive take more than {in_bytes(MOST_NAMES)}")

    def _place(self, path: bytes, target: bytes = b"") -> bytes:
        """Check a path, stand in its folder, and give its last part."""
        self._check(path, target)
        if path in self.entries or path in self.folders.known:
            raise ArchiveError(f"{show(path)} is in the archive twice")
        above, _, name = path.rpartition(b"/")
        self.folders.enter(above)
        return name


def _write(handle: int, piece: memoryview) -> None:
    while (written := os.write(handle, piece)) < len(piece):
        piece = piece[written:]
