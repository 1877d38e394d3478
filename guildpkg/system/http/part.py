"""The part of a download that is here: its bytes, their hash so far, and a note of which version they belong to."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

from guildpkg.core.digests import Sha256, sha256
from guildpkg.lean import dataclass
from guildpkg.system.disk import CHUNK, room_for, write_atomically


@dataclass(frozen=True, slots=True)
class Version:
    """What a server calls the version of a URL that it sent; either may be empty."""

    etag: str = ""
    modified: str = ""

    @property
    def if_range(self) -> str:
        """What ``If-Range`` may hold: a strong validator (RFC 9110, 13.1.5), else nothing."""
        return self.modified if self.etag.startswith("W/") else self.etag or self.modified


class Part:
    """A ``.part`` file and the ``.part.json`` beside it.

    Attributes:
        path: The file.
        size: Bytes in it that count.
        version: The version of the URL that they belong to.
        joined: True when they did not all come in one answer, so that they may not fit together.
    """

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.size = 0
        self.version = Version()
        self.joined = False
        self._url = sha256(url.encode())
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> Sha256:
        """SHA-256 of what is here."""
        return Sha256(self._hash.hexdigest())

    def take_over(self, *, unnamed: bool) -> None:
        """Count what an earlier call left, if it is known which version that is, or *unnamed* is fine too."""
        version = self._read_note()
        if not version.if_range and not unnamed:
            return
        with contextlib.suppress(FileNotFoundError), room_for(self.path), self.path.open("rb") as file:
            self.version = version
            while chunk := file.read(CHUNK):
                self._count(chunk)
        self.joined = bool(self.size)

    def belongs_to(self, version: Version) -> None:
        """Note which version the bytes belong to, before they come."""
        self.version = version
        note = {"url": self._url, "etag": version.etag, "modified": version.modified}
        write_atomically(_note(self.path), json.dumps(note).encode())

    def append(self, chunks: Iterator[bytes]) -> Generator[int, None, None]:
        """Write chunks to the end, and yield the size after each.

        Raises:
            DiskFull: There is no room.
        """
        with room_for(self.path), self._open() as file:
            for chunk in chunks:
                file.write(chunk)
                self._count(chunk)
                yield self.size

    def discard(self) -> None:
        """Forget what is here."""
        discard(self.path)
        self.size, self.version, self.joined, self._hash = 0, Version(), False, hashlib.sha256()

    def _open(self) -> IO[bytes]:
        return self.path.open("ab" if self.size else "wb", buffering=1 << 18)

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)

    def _read_note(self) -> Version:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(_note(self.path).read_bytes())
            if note["url"] == self._url:
                return Version(str(note["etag"]), str(note["modified"]))
        return Version()


def discard(path: Path) -> None:
    """Remove a part and its note."""
    path.unlink(missing_ok=True)
    _note(path).unlink(missing_ok=True)


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".json")
