"""How one file of a package becomes a file of a tree: written, or shared with what lies on the disk already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from guildpkg.core.archive.layout import show
from guildpkg.core.digests import Entry, Sha256
from guildpkg.errors import IntegrityError
from guildpkg.system.unpack.treewriter import TreeWriter


class Pool(Protocol):
    """Contents that lie on the disk, each once, by their SHA-256."""

    @property
    def time(self) -> int:
        """Time of every file that is shared, seconds since the epoch."""

    def find(self, digest: Sha256, *, executable: bool) -> Path | None:
        """Give a file of that content if there is a sound one."""

    def add(self, digest: Sha256, *, executable: bool, name: bytes, folder: int) -> None:
        """Take in a new file, by its name in the folder of a descriptor."""

    def look_again(self) -> None:
        """Another process took in files."""


def lay_file(tree: TreeWriter, pool: Pool | None, time: int, entry: Entry, content: Iterable[memoryview]) -> None:
    """Make a file in a tree.

    Args:
        tree: The tree.
        pool: Where it comes from if it is there, and goes to if it is not.
        time: Its time, seconds since the epoch.
        entry: What it must be.
        content: What the archive has for it.

    Raises:
        IntegrityError: The content has another SHA-256.
    """
    executable = entry.executable
    # a link to an empty file would save nothing, and file systems limit how many a file may have
    shared = pool.find(entry.sha256, executable=executable) if pool and entry.size else None
    if shared is None:
        found = tree.file(entry.path, content, executable=executable, mtime=time).sha256
    else:
        found = hash_of(content)
    if found != entry.sha256:
        raise IntegrityError(f"{show(b'./' + entry.path)} has not the SHA-256 that the manifest says")
    if shared is not None:
        tree.adopt(entry.path, shared, entry)
    elif pool and entry.size:
        name = entry.path.rpartition(b"/")[2]
        pool.add(entry.sha256, executable=executable, name=name, folder=tree.folders.handle)


def hash_of(content: Iterable[memoryview]) -> Sha256:
    """Hash a content piece by piece."""
    whole = hashlib.sha256()
    for piece in content:
        whole.update(piece)
    return Sha256(whole.hexdigest())
