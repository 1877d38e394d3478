"""Folders below a root, entered and made one step at a time, never through a link, and taken away again on demand."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from typing import Final

from guildpkg.core.archive.layout import fold, show
from guildpkg.core.digests import Entry
from guildpkg.errors import ArchiveError

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folders:
    """Stands in one folder at a time, by descriptor.

    Args:
        root: Descriptor of the root; it is closed by `close`.
        entries: The files and links that are there by our doing, by path; nothing can be made below them.
        most: Most files and folders that may be made.

    Attributes:
        handle: Descriptor of the folder stood in.
        known: The folders made or entered so far.
    """

    def __init__(self, root: int, entries: Mapping[bytes, Entry], most: int) -> None:
        self.known: set[bytes] = set()
        self.handle = os.dup(root)
        self._root = root
        self._entries = entries
        self._most = most
        self._at = b""
        self._made: list[tuple[bytes, bool]] = []
        self._folded: dict[bytes, bytes] = {}
        self._counted = 0

    def enter(self, folder: bytes, *, make: bool = True) -> None:
        """Stand in a folder, made where it is missing.

        Raises:
            ArchiveError: A step of the way is a file or a link, or one too many would be made.
        """
        if folder == self._at:
            return
        handle = os.dup(self._root)
        try:
            end = 0
            while end < len(folder):
                start = end + 1 if end else 0
                end = folder.find(b"/", start)
                end = len(folder) if end < 0 else end
                path, name = folder[:end], folder[start:end]
                known = not make or path in self.known
                below = os.open(name, _FOLDER, dir_fd=handle) if known else self._make(handle, path, name)
                os.close(handle)
                handle = below
        except BaseException:
            os.close(handle)
            raise
        os.close(self.handle)
        self.handle, self._at = handle, folder

    def note(self, path: bytes, *, folder: bool = False) -> None:
        """Remember what was made, so that `undo` finds it.

        Raises:
            ArchiveError: It is one too many.
        """
        self._made.append((path, folder))
        if len(self._made) > self._most:
            raise ArchiveError(f"the archive has more than {self._most:,} members")

    def in_the_way(self, path: bytes) -> ArchiveError:
        """Say why *path* could not be made although nobody made it."""
        twin = self._twin(path)
        if twin != path:
            return ArchiveError(f"{show(path)} and {show(twin)} are one name on this file system")
        hint = "two sources lay down a file of the same name"
        return ArchiveError(f"{show(path)} is there already", hint=hint)

    def _twin(self, path: bytes) -> bytes:
        """Give what was made first of all that is one with *path* where case and the forms of Unicode do not count."""
        for made, _ in self._made[self._counted :]:
            self._folded.setdefault(fold(made), made)
        self._counted = len(self._made)
        return self._folded.get(fold(path), path)

    def undo(self) -> None:
        """Take away what was made."""
        for path, is_folder in reversed(self._made):
            above, _, name = path.rpartition(b"/")
            # whoever removed or filled a folder meanwhile keeps what is his
            with contextlib.suppress(OSError):
                self.enter(above, make=False)
                (os.rmdir if is_folder else os.unlink)(name, dir_fd=self.handle)

    def close(self) -> None:
        """Let go of the descriptors."""
        os.close(self.handle)
        os.close(self._root)

    def _make(self, handle: int, path: bytes, name: bytes) -> int:
        if path in self._entries:
            kind = self._entries[path].kind
            raise ArchiveError(f"{show(path)} is a {kind} in the archive and has members below it")
        new = True
        try:
            os.mkdir(name, 0o755, dir_fd=handle)
        except FileExistsError as error:
            if self._twin(path) != path:
                raise self.in_the_way(path) from error
            new = False
        else:
            self.note(path, folder=True)
        try:
            below = os.open(name, _FOLDER, dir_fd=handle)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise ArchiveError(f"{show(path)} is there already and is not a folder") from error
            raise
        self.known.add(path)
        if new:
            os.fchmod(below, 0o755)
        return below
