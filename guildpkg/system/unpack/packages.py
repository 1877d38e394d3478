"""Extraction of package archives of our own: what comes out is exactly what the manifest says, or nothing.

With a pool, contents that are on the disk already are not written a second time, and nobody may write to what is laid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from guildpkg.core.archive.layout import MANIFEST, show
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import Entry, Sha256, sha256
from guildpkg.core.events import Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import IntegrityError
from guildpkg.system.unpack.package_stream import Known, PackageStream, naming, open_package
from guildpkg.system.unpack.treewriter import TreeWriter, writing


class Pool(Protocol):
    """Contents that lie on the disk, each once, by their SHA-256."""

    @property
    def time(self) -> int:
        """Time of every file that is shared, seconds since the epoch."""

    def find(self, digest: Sha256, *, executable: bool) -> Path | None:
        """Give a file of that content if there is a sound one."""

    def add(self, digest: Sha256, *, executable: bool, name: bytes, folder: int) -> None:
        """Take in a new file, by its name in the folder of a descriptor."""


def extract_package(
    path: Path,
    target: Path,
    *,
    limits: Limits | None = None,
    workers: int = 2,
    report: Reporter = silent,
    pool: Pool | None = None,
    known: Known | None = None,
) -> Manifest:
    """Extract a package archive, verifying every byte against its manifest on the way.

    Args:
        path: The archive.
        target: Folder to write into, the manifest included; made when missing.
        limits: Where it stops being plausible.
        workers: Threads that decompress.
        report: Told how far it is, in bytes of the file.
        pool: Where files come from that are on the disk already, and go that are not.
        known: A manifest that was read before, which need not be read again when the archive still has it.

    Returns:
        The manifest.

    Raises:
        ArchiveError: It is no package, is damaged, or holds what is refused; nothing of it is left in *target*.
        IntegrityError: It is not what its manifest says; likewise.
        DiskFull: There is no room.
    """
    limits = limits or Limits()
    task = f"Extracting {path.name}"
    with (
        naming(path),
        open_package(path, limits=limits, workers=workers, report=report, task=task, known=known) as package,
        writing(target, members=limits.members, frozen=pool is not None) as tree,
    ):
        _Laying(package, tree, pool).run()
    return package.manifest


class _Laying:
    """One package on its way into a tree."""

    def __init__(self, package: PackageStream, tree: TreeWriter, pool: Pool | None) -> None:
        self._package = package
        self._tree = tree
        self._pool = pool
        self._time = pool.time if pool else package.manifest.build.epoch

    def run(self) -> None:
        package = self._package
        if package.begun:
            raise IntegrityError(package.begun[0])
        manifest = Entry(MANIFEST, "file", executable=False, size=len(package.text), sha256=sha256(package.text))
        self._file(manifest, [memoryview(package.text)])
        members = package.members()
        for slot in package.slots[2:]:
            if not package.skip(slot):
                member = next(members, None)
                if member is None:
                    raise IntegrityError(f"{show(slot.name)} is missing from the archive")
                if wrong := package.differences(slot, member):
                    raise IntegrityError(wrong[0])
            if slot.kind == "dir":
                self._tree.folder(slot.path)
            elif slot.kind == "link":
                self._tree.link(slot.path, slot.target)
            else:
                self._file(Entry(slot.path, "file", slot.mode == 0o755, slot.size, slot.sha256), package.content())
        if (extra := next(members, None)) is not None:
            raise IntegrityError(f"{show(extra.name)} is not in the manifest")
        if wrong := package.end_differences():
            raise IntegrityError(wrong[0])

    def _file(self, entry: Entry, content: Iterable[memoryview]) -> None:
        pool, executable = self._pool, entry.executable
        # a link to an empty file would save nothing, and file systems limit how many a file may have
        shared = pool.find(entry.sha256, executable=executable) if pool and entry.size else None
        if shared is None:
            found = self._tree.file(entry.path, content, executable=executable, mtime=self._time).sha256
        else:
            found = _hash(content)
        if found != entry.sha256:
            raise IntegrityError(f"{show(b'./' + entry.path)} has not the SHA-256 that the manifest says")
        if shared is not None:
            self._tree.adopt(entry.path, shared, entry)
        elif pool and entry.size:
            name = entry.path.rpartition(b"/")[2]
            pool.add(entry.sha256, executable=executable, name=name, folder=self._tree.folders.handle)


def _hash(content: Iterable[memoryview]) -> Sha256:
    whole = hashlib.sha256()
    for piece in content:
        whole.update(piece)
    return Sha256(whole.hexdigest())
