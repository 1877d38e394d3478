"""Extraction of package archives of our own: what comes out is exactly what the manifest says, or nothing.

With a pool, contents that are on the disk already are not written a second time, and nobody may write to what is laid.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from guildpkg.core.archive.layout import MANIFEST, show
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import Entry, sha256
from guildpkg.core.events import Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import IntegrityError
from guildpkg.system.unpack.divided import extract_divided
from guildpkg.system.unpack.laying import Pool, lay_file
from guildpkg.system.unpack.package_stream import Known, PackageStream, naming, open_package
from guildpkg.system.unpack.treewriter import TreeWriter, writing


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
        workers: Processes that extract, or threads that decompress where the archive is not worth processes.
        report: Told how far it is, in bytes of the file.
        pool: Where files come from that are on the disk already, and go that are not.
        known: A manifest that was read before, which need not be read again when the archive still has it; only then is
            the work divided among processes.

    Returns:
        The manifest.

    Raises:
        ArchiveError: It is no package, is damaged, or holds what is refused; nothing of it is left in *target*.
        IntegrityError: It is not what its manifest says; likewise.
        DiskFull: There is no room.
    """
    limits = limits or Limits()
    if known and extract_divided(path, target, known, limits=limits, workers=workers, report=report, pool=pool):
        return known.manifest
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
        lay_file(self._tree, self._pool, self._time, entry, content)
