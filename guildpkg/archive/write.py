"""A tree and its manifest -> an archive of the one form that `core/archive/layout.py` describes.

The archive appears under its name when it is complete, and never otherwise. Every file is hashed while it is written
and compared with the manifest, so that nothing is packed that changed after it was listed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from guildpkg.archive.compress import compressed
from guildpkg.core.archive import tar
from guildpkg.core.archive.layout import Slot, show, slots
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.archive.manifest_reader import parse_manifest
from guildpkg.core.digests import Sha256
from guildpkg.core.events import Progress, Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError, IntegrityError
from guildpkg.lean import dataclass
from guildpkg.system.disk import replacing
from guildpkg.system.unpack.feed import FREE

_CHUNK: Final = 1 << 20
_HINT: Final = "nothing may write into the tree while it is packed: run it again"


@dataclass(frozen=True, slots=True)
class WrittenArchive:
    """An archive that was written.

    Attributes:
        path: Where.
        sha256: SHA-256 of the file.
        size: Its bytes.
        tar_sha256: SHA-256 of the tar inside, which does not depend on the version of the compressor.
        tar_size: Bytes of the tar.
        members: How many members it has.
    """

    path: Path
    sha256: Sha256
    size: int
    tar_sha256: Sha256
    tar_size: int
    members: int


def write_archive(
    root: Path, manifest: bytes, target: Path, *, workers: int = 1, report: Reporter = silent
) -> WrittenArchive:
    """Pack a tree.

    Args:
        root: The tree. It holds what the manifest lists and nothing else.
        manifest: Text of the manifest; its ``[build]`` says the time of the members and the compression.
        target: Path of the archive; a file of that name is replaced.
        workers: Threads that compress; the bytes do not depend on it.
        report: Told how far it is, in bytes of content.

    Raises:
        IntegrityError: The tree is not what the manifest says, or changes meanwhile.
        ArchiveError: The manifest is refused, or the archive would be refused by those who read it.
        DiskFull: There is no room.
    """
    listing = parse_manifest(manifest, name=target.name)
    task = f"Creating {target.name}"
    total = listing.size
    packer = _Packer(root, manifest, listing, lambda done: report(Progress(task, done, total)))
    _compare_names(root, packer.members)
    whole = hashlib.sha256()
    size = 0
    with replacing(target) as file:
        try:
            for piece in compressed(packer.tar(), listing.build.compression, workers):
                file.write(piece)
                whole.update(piece)
                size += len(piece)
        finally:
            report(Progress(task, packer.done, total, finished=True))
        limits = Limits()
        if packer.written > max(FREE, size * limits.ratio) or packer.written > limits.unpacked:
            raise ArchiveError(
                f"{target.name} would unpack to {packer.written:,} bytes from {size:,}: readers take that for a bomb",
                hint="pack such files compressed, or leave them out",
            )
    tar_sha256 = Sha256(packer.whole.hexdigest())
    return WrittenArchive(target, Sha256(whole.hexdigest()), size, tar_sha256, packer.written, len(packer.members))


class _Packer:
    """Makes the tar, piece by piece."""

    def __init__(self, root: Path, manifest: bytes, listing: Manifest, step: Callable[[int], None]) -> None:
        self.members = tuple(slots(listing.files, len(manifest)))
        self.whole = hashlib.sha256()
        self.written = 0
        self.done = 0
        self._root = os.fsencode(root)
        self._manifest = manifest
        self._epoch = listing.build.epoch
        self._step = step

    def tar(self) -> Iterator[bytes]:
        """Yield the tar, hashed and counted."""
        for piece in self._pieces():
            self.whole.update(piece)
            self.written += len(piece)
            yield piece

    def _pieces(self) -> Iterator[bytes]:
        root, manifest, *rest = self.members
        yield tar.encode(root, self._epoch)
        yield tar.encode(manifest, self._epoch) + self._manifest + bytes(tar.padding(manifest.size))
        for member in rest:
            yield tar.encode(member, self._epoch)
            try:
                yield from self._content(member)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise _changed(member) from error
        yield tar.end(self.written)

    def _content(self, member: Slot) -> Iterator[bytes]:
        path = os.path.join(self._root, member.path)  # noqa: PTH118 - raw bytes
        about = os.lstat(path)
        if member.kind == "dir":
            same = stat.S_ISDIR(about.st_mode)
        elif member.kind == "link":
            same = stat.S_ISLNK(about.st_mode) and os.readlink(path) == member.target  # noqa: PTH115 - raw bytes
        else:
            executable = bool(about.st_mode & stat.S_IXUSR)
            same = stat.S_ISREG(about.st_mode) and (0o755 if executable else 0o644) == member.mode
        if not same:
            raise _changed(member)
        if member.kind == "file":
            yield from self._file(member, path)

    def _file(self, member: Slot, path: bytes) -> Iterator[bytes]:
        whole = hashlib.sha256()
        left = member.size
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0) as file:
            while left and (data := file.read(min(left, _CHUNK))):
                whole.update(data)
                left -= len(data)
                self.done += len(data)
                self._step(self.done)
                yield data
            if left or file.read(1) or whole.hexdigest() != member.sha256:
                raise _changed(member)
        yield bytes(tar.padding(member.size))


def _changed(member: Slot) -> IntegrityError:
    return IntegrityError(f"{show(member.path)} changed while it was being packed", hint=_HINT)


def _compare_names(root: Path, members: Iterable[Slot]) -> None:
    """Refuse a tree that has other names than the manifest, before anything is compressed."""
    listed = {member.path for member in members} - {b"", b".GuildPkg"}
    found = set(_names(os.fsencode(root), b""))
    for path in sorted(found ^ listed):
        where = "is not in the manifest" if path in found else "is in the manifest and not there"
        raise IntegrityError(f"{show(path)} {where}", hint=_HINT)


def _names(root: bytes, below: bytes) -> Iterator[bytes]:
    with os.scandir(os.path.join(root, below)) as items:  # noqa: PTH118 - raw bytes
        for item in items:
            path = below + b"/" + item.name if below else item.name
            yield path
            if item.is_dir(follow_symlinks=False):
                yield from _names(root, path)
