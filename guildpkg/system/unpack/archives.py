"""Extraction of archives that others made; `system/unpack/packages.py` extracts our own.

A source may be tar, plain or in gzip, bzip2, xz, zstd, lzma, or zip; its content decides, not its name. Set-id and
sticky bits of a source are dropped, owners are ignored, times are kept; hard links become files.

Refused are paths and links that lead outside (also by way of other links), members below a link, two members of one
name (also where only the file system takes them for one), devices and pipes, sparse members, damaged and cut data,
and bombs. After a failure all that was written is removed again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from guildpkg.core.archive.layout import show
from guildpkg.core.archive.tar import BLOCK, sound
from guildpkg.core.digests import Entry
from guildpkg.core.events import Progress, Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass
from guildpkg.system.unpack.decode import compression_of, decoded
from guildpkg.system.unpack.feed import Budget, Feed
from guildpkg.system.unpack.package_stream import naming
from guildpkg.system.unpack.tarwalk import Member, TarWalk
from guildpkg.system.unpack.treewriter import TreeWriter, writing
from guildpkg.system.unpack.zipwalk import ZipWalk

LATEST: Final = (1 << 33) - 1
"""Latest time that a tar header holds in octal; later ones and those before 1970 are moved to the border."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an archive turned out to hold.

    Attributes:
        entries: Files, links and empty folders in byte order of the paths, relative to the target.
        newest: Time of the newest member, seconds since the epoch; None when there is no member.
    """

    entries: tuple[Entry, ...]
    newest: int | None


def kind_of(path: Path) -> str | None:
    """Tell by its content whether a file is an archive that `unpack` takes.

    Returns:
        ``zip``, ``tar``, or ``tar.`` with ``gz bz2 xz zst lzma``; None for anything else, such as a compressed table.
    """
    with path.open("rb") as file:
        head = file.read(BLOCK)
        if head.startswith((b"PK\3\4", b"PK\5\6")):
            return "zip"
        compression = compression_of(head)
        if compression:
            limits = Limits()
            chunks = decoded(file.fileno(), compression)
            try:
                with contextlib.closing(Feed(chunks, Budget(limits, limits.unpacked, path.name))) as feed:
                    head = feed.take(BLOCK)
            except ArchiveError:
                return None
    is_tar = len(head) == BLOCK and any(head) and sound(head)
    return f"tar.{compression}".rstrip(".") if is_tar else None


def unpack(archive: Path, target: Path, *, limits: Limits, report: Reporter = silent) -> Unpacked:
    """Unpack an archive that somebody else made.

    Args:
        archive: The file.
        target: Folder to write into; it may hold files already, none of which is written over.
        limits: Where it stops being plausible.
        report: Told how far it is, in bytes of the file.

    Raises:
        ArchiveError: It is no archive, is damaged, or holds what is refused; nothing of it is left in *target*.
        DiskFull: There is no room.
    """
    kind = kind_of(archive)
    if kind is None:
        hint = "tar (plain, gz, bz2, xz, zst, lzma) and zip can be; `extract = no` takes a file as it is"
        raise ArchiveError(f"{archive.name} is not an archive that can be unpacked", hint=hint)
    task = f"Extracting {archive.name}"
    with naming(archive), archive.open("rb") as file, writing(target, members=limits.members) as tree:
        size = os.fstat(file.fileno()).st_size
        budget = Budget(limits, size, archive.name)
        try:
            if kind == "zip":
                newest = _unzip(file, tree, budget, limits)
            else:
                chunks = decoded(
                    file.fileno(), kind[4:], workers=2, step=lambda done: report(Progress(task, done, size))
                )
                with contextlib.closing(Feed(chunks, budget)) as feed:
                    newest = _untar(feed, tree, budget)
        finally:
            report(Progress(task, size, size, finished=True))
    return Unpacked(tuple(sorted(tree.entries.values(), key=lambda entry: entry.path)), newest)


def _untar(feed: Feed, tree: TreeWriter, budget: Budget) -> int | None:
    walk = TarWalk(feed)
    newest = None
    for member in walk:
        newest = _later(newest, member)
        _lay(member, walk.content(), tree, budget)
    walk.finish()
    return newest


def _unzip(file: BinaryIO, tree: TreeWriter, budget: Budget, limits: Limits) -> int | None:
    walk = ZipWalk(file.fileno(), limits.members)
    newest = None
    for member, record in walk:
        newest = _later(newest, member)
        _lay(member, _counted(walk.content(record), budget), tree, budget)
    return newest


def _counted(pieces: Iterator[memoryview], budget: Budget) -> Iterator[memoryview]:
    for piece in pieces:
        budget.spend(len(piece))
        yield piece


def _later(newest: int | None, member: Member) -> int:
    return max(newest or 0, _time(member))


def _time(member: Member) -> int:
    return min(max(member.mtime, 0), LATEST)


def _lay(member: Member, content: Iterable[memoryview], tree: TreeWriter, budget: Budget) -> None:
    """Write one member of a source."""
    path = _plain(member.name)
    if member.kind == "dir":
        if path:
            tree.folder(path)
    elif member.kind == "link":
        tree.link(path, member.target)
    elif member.kind == "hard":
        origin = _plain(member.target)
        if origin in tree.entries:
            budget.spend(tree.entries[origin].size)
        tree.copy(path, origin, mtime=_time(member))
    elif member.kind == "file":
        budget.announce(member.size)
        tree.file(path, content, executable=bool(member.mode & 0o100), mtime=_time(member))
    else:
        raise ArchiveError(f"{show(path)} is a {member.kind}, which is refused")


def _plain(name: bytes) -> bytes:
    """Drop what archivers put around a path (``./`` in front, a slash at its end); what is wrong stays wrong."""
    if name.startswith(b"/"):
        return name
    return b"/".join(part for part in name.split(b"/") if part not in (b"", b"."))
