"""How a file that is here becomes files below ``src/``: unpacked when it is an archive, else copied as it is."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from guildpkg.core.digests import Entry, Sha256
from guildpkg.core.events import Reporter
from guildpkg.core.sources import Pin, Source
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass
from guildpkg.sources.request import Request
from guildpkg.stores.downloads import scratch_folder
from guildpkg.system.disk import CHUNK, inside, room_for
from guildpkg.system.unpack.archives import Unpacked, unpack
from guildpkg.system.unpack.recognize import is_archive


def lay_file(origin: Path, target: Path, relative: bytes, *, executable: bool = False) -> Entry:
    """Copy one file, hashing what is written.

    Args:
        origin: The file.
        target: Folder below which to write.
        relative: Path from *target*, raw.
        executable: Whether the copy may be executed.

    Raises:
        ArchiveError: A file is in the way, or the path leads out of *target*.
        DiskFull: There is no room.
    """
    with _making(target, relative) as place, origin.open("rb") as source, place.open("xb") as file:
        try:
            digest, size = _copy(source, file)
            os.fchmod(file.fileno(), 0o755 if executable else 0o644)
        except BaseException:
            place.unlink()
            raise
    return Entry(relative, "file", executable, size, digest)


def _copy(source: IO[bytes], file: IO[bytes]) -> tuple[Sha256, int]:
    whole, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        file.write(chunk)
        whole.update(chunk)
        size += len(chunk)
    file.flush()
    return Sha256(whole.hexdigest()), size


def lay_other(entry: Entry, target: Path, relative: bytes) -> None:
    """Make a link or an empty folder; arguments and errors as for `lay_file`."""
    with _making(target, relative) as place:
        if entry.kind == "link":
            place.symlink_to(os.fsdecode(entry.target))
        else:
            place.mkdir()


@contextlib.contextmanager
def _making(target: Path, relative: bytes) -> Iterator[Path]:
    place = inside(target, relative)
    try:
        with room_for(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            yield place
    except FileExistsError as error:
        hint = "two sources lay down a file of the same name"
        raise ArchiveError(f"{os.fsdecode(relative)} is there already", hint=hint) from error


def is_unpacked(path: Path, name: str, source: Source) -> bool:
    """Tell whether this file of this source is unpacked, which its content decides.

    Raises:
        ArchiveError: Its name says that it is an archive and its content does not: an error page, or a part.
    """
    return source.extract and is_archive(path, name, hint="if it is to be laid in as it is, say `extract = no`")


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be known of a file before it is laid, and how it is laid.

    Attributes:
        request: What was asked for.
        home: ``$GUILD_HOME``.
        report: Hears of progress.
        path: The file.
        name: What it is called, in messages and when it is laid as it is.
    """

    request: Request
    home: Path
    report: Reporter
    path: Path
    name: str

    def dated(self, pin: Pin) -> Pin:
        """Give the pin of the file the newest time inside, which unlike a server's date follows from the content.

        The lock is believed when it is about the same file; else the archive is unpacked to see, which also refuses
        one that must not be unpacked before anything is built.

        Raises:
            ArchiveError: The archive is damaged, or must not be unpacked.
        """
        known = self.request.pin
        if not is_unpacked(self.path, self.name, self.request.source):
            return pin
        if known is not None and known.sha256 == pin.sha256:
            return replace(pin, time=known.time)
        with scratch_folder(self.home) as scratch:
            return replace(pin, time=self._unpack(scratch / "unpacked").newest)

    def lay(self, target: Path) -> tuple[Entry, ...]:
        """Lay the file below *target*: unpacked, else as it is."""
        if is_unpacked(self.path, self.name, self.request.source):
            return self._unpack(target).entries
        return (lay_file(self.path, target, os.fsencode(self.name)),)

    def _unpack(self, target: Path) -> Unpacked:
        with scratch_folder(self.home) as scratch:
            called = scratch / self.name  # a file of the cache has a name that tells nobody anything
            called.symlink_to(self.path.resolve())
            return unpack(called, target, limits=self.request.limits, report=self.report)
