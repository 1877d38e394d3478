"""An index in a folder of this machine, to be read and written (`core.ports.IndexStore`)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, Step, silent
from guildpkg.errors import IntegrityError
from guildpkg.lean import dataclass
from guildpkg.system import exclusive
from guildpkg.system.disk import CHUNK, inside, locked, replacing, room_for, write_atomically
from guildpkg.system.http.transfer import Missing


@dataclass(frozen=True, slots=True)
class FolderStore:
    """An index in a folder.

    Attributes:
        root: The folder, which exists and is absolute.
        report: Hears when another publisher has to be waited for.
    """

    root: Path
    report: Reporter = silent

    def url(self, path: str) -> str:
        """Give the URL of a file."""
        return self._place(path).as_uri()

    def read(self, path: str, most: int) -> bytes:
        """Give the content of a file; see `core.ports.IndexReader`."""
        try:
            with self._place(path).open("rb") as file:
                return file.read(most + 1)
        except OSError as error:
            raise Missing(f"{path} cannot be read: {error.strerror}") from error

    def turn(self) -> AbstractContextManager[None]:
        """Keep other publishers of this machine out; the lock is the folder's own, so a kill lets go of it."""

        def waiting() -> None:
            self.report(Step(f"Waiting for another guild process that changes the index in {self.root}"))

        return locked(self.root, wait=60, waiting=waiting)

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return self._place(path).is_file()

    def create(self, path: str, data: bytes) -> bool:
        """Make a file; False when there was one already."""
        place = self._ready(path)
        return False if place.exists() else exclusive.create(place, data)

    def replace(self, path: str, data: bytes) -> None:
        """Give a file new content.

        It gets a later second than the old one had: web servers make their ETags of size and whole seconds, and answer
        that nothing has changed when two contents of one length are written within one.
        """
        place = self._ready(path)
        with contextlib.suppress(FileNotFoundError):
            earlier = place.stat().st_mtime
            with replacing(place) as file:
                file.write(data)
                file.flush()
                stamp = max(time.time(), int(earlier) + 1.0)
                os.utime(file.fileno(), (stamp, stamp))
            return
        write_atomically(place, data)

    def upload(self, path: str, origin: IO[bytes], sha256: Sha256) -> None:
        """Copy a file in, unless it is there; see `core.ports.IndexStore`."""
        place = self._ready(path)
        if place.exists():
            return
        whole = hashlib.sha256()
        with replacing(place) as target:
            while chunk := origin.read(CHUNK):
                whole.update(chunk)
                target.write(chunk)
            if whole.hexdigest() != sha256:
                raise IntegrityError(f"{place.name} has changed while it was published", hint="run it again")

    def chunks(self, path: str) -> Iterator[bytes]:
        """Give the content of a file that may be large."""
        try:
            with self._place(path).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise Missing(f"{path} is missing") from error

    def age(self, path: str) -> float:
        """Say how many seconds ago a file was made."""
        with contextlib.suppress(FileNotFoundError):
            return max(time.time() - self._place(path).stat().st_mtime, 0.0)
        return 0.0

    def names(self, folder: str) -> Iterator[tuple[str, int]]:
        """Give path and size of every file below a folder."""
        for place in sorted((self.root / folder).rglob("*")):
            if place.is_file() and not place.is_symlink():
                yield place.relative_to(self.root).as_posix(), place.stat().st_size

    def delete(self, path: str) -> None:
        """Remove a file, and the folder that it leaves empty."""
        place = self._place(path)
        with room_for(place):
            place.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            if place.parent.parent.name == "packages":
                place.parent.rmdir()

    def _place(self, path: str) -> Path:
        return inside(self.root, path.encode())

    def _ready(self, path: str) -> Path:
        place = self._place(path)
        with room_for(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        return place
