"""An archive -> a tree of the store, which nobody may write to, with every byte checked against the manifest.

In: an archive, while the lock of the store is held. Out: the package as it will stand in a generation, and the staged
tree, which `stores.packages.keep` gives its name. Raises what extraction raises; nothing is left then.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from guildpkg.core.archive.layout import parents_of
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import Reporter, Step, silent
from guildpkg.core.packages.generation import Installed, installed_of
from guildpkg.errors import IntegrityError
from guildpkg.install.check import check_tree
from guildpkg.lean import dataclass
from guildpkg.stores.contents import EXECUTABLE, Contents
from guildpkg.stores.packages import Packages
from guildpkg.system.disk import hash_file, remove, room_for
from guildpkg.system.unpack.package_stream import Known, naming, open_package
from guildpkg.system.unpack.packages import extract_package


@dataclass(frozen=True)
class Archive:
    """An archive that is to be installed.

    Attributes:
        path: Where it lies.
        known: Its manifest.
        sha256: SHA-256 of the archive.
        explicit: True when the user asked for it.
        origin: Where it came from, for people.
    """

    path: Path
    known: Known
    sha256: Sha256
    explicit: bool
    origin: str

    @property
    def manifest(self) -> Manifest:
        """What it says of itself."""
        return self.known.manifest

    @property
    def tree(self) -> Sha256:
        """SHA-256 of its manifest, which names its tree in the store."""
        return self.known.sha256

    @cached_property
    def installed(self) -> Installed:
        """The package as it will be known once it is installed."""
        return installed_of(
            self.manifest, tree=self.tree, archive=self.sha256, explicit=self.explicit, origin=self.origin
        )


def read_archive(path: Path, *, explicit: bool, origin: str, digest: Sha256 | None = None) -> Archive:
    """Read what an archive says of itself; its content is not looked at.

    Args:
        path: The archive.
        explicit: True when the user asked for it.
        origin: Where it came from, for people.
        digest: Its SHA-256 where that was just computed.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
    """
    with naming(path), open_package(path, workers=1) as package:
        known = Known(package.manifest, len(package.text), sha256(package.text))
    return Archive(path, known, digest or hash_file(path), explicit, origin)


def lay(archive: Archive, store: Packages, contents: Contents, report: Reporter = silent) -> Path | None:
    """Make the tree of an archive beside the others.

    A tree that an earlier generation left is taken when it is sound, and replaced when it is not.

    Returns:
        Where it is; None when there is such a tree already.

    Raises:
        ArchiveError: It is no package, is damaged, or holds what is refused.
        IntegrityError: It is not what its manifest says, or was replaced since `read_archive`.
        DiskFull: There is no room.
    """
    left = os.path.lexists(store.tree(archive.tree))
    if left and not check_tree(store.tree(archive.tree), archive.tree, contents).problems:
        return None
    report(Step(f"Installing {archive.installed.entry}"))
    staged = store.staged()
    try:
        manifest = extract_package(
            archive.path, staged, workers=_cores(), report=report, pool=contents, known=archive.known
        )
        if manifest != archive.manifest:
            raise IntegrityError(f"{archive.path.name} was replaced while it was installed", hint="run it again")
        seal(staged, manifest)
        if left:
            store.drop_tree(archive.tree)
    except BaseException:
        remove(staged)
        raise
    return staged


def seal(root: Path, manifest: Manifest) -> None:
    """Take the right to write from every folder of a tree."""
    raw = os.fsencode(root)
    with room_for(root):
        folders = parents_of(entry.path for entry in manifest.files)
        folders.update(entry.path for entry in manifest.files if entry.kind == "dir")
        for path in (b"", *folders):
            os.chmod(raw + b"/" + path, EXECUTABLE)  # noqa: PTH101 - raw bytes


def _cores() -> int:
    return max(2, os.cpu_count() or 1)
