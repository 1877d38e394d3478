"""Contents that runs share: ``$GUILD_HOME/blobs/AB/SHA256``, with ``.x`` behind it for executable files.

Files are read-only and hard-linked into the runs that have them: a content that no run has any more is one with a
single name, and `Blobs.collect` removes it. A content is verified again before it is used for another run.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from guildpkg.core.digests import Sha256
from guildpkg.lean import dataclass
from guildpkg.system.clone import clone_file
from guildpkg.system.disk import hash_file, room_for


@dataclass(frozen=True, slots=True)
class Kept:
    """One content.

    Attributes:
        path: Where it lies; not to be changed.
        sha256: SHA-256 of it.
        size: Bytes.
        executable: Whether its owner may execute it.
    """

    path: Path
    sha256: Sha256
    size: int
    executable: bool


@dataclass(frozen=True, slots=True)
class Blobs:
    """The shared contents below ``$GUILD_HOME``, which is made when needed."""

    home: Path

    def keep(self, origin: Path) -> Kept:
        """Take a file's content in.

        Raises:
            FileNotFoundError: The file is gone.
            DiskFull: There is no room.
        """
        executable = bool(origin.stat().st_mode & stat.S_IXUSR)
        beside = self.home / "blobs" / f".{os.urandom(8).hex()}.tmp"
        with room_for(beside):
            beside.parent.mkdir(parents=True, exist_ok=True)
            try:
                # copied first and hashed then: the file may change while it is read
                clone_file(origin, beside)
                beside.chmod(0o555 if executable else 0o444)
                digest = hash_file(beside)
                place = self.home / "blobs" / digest[:2] / f"{digest}{'.x' if executable else ''}"
                size = beside.stat().st_size
                if not (place.exists() and place.stat().st_size == size and hash_file(place) == digest):
                    place.parent.mkdir(exist_ok=True)
                    beside.replace(place)
                else:
                    os.utime(place)  # it is wanted: see `collect`
            finally:
                beside.unlink(missing_ok=True)
        return Kept(place, digest, size, executable)

    def link(self, kept: Kept, place: Path) -> None:
        """Give a content another name, or a copy where the file system has no hard links.

        Raises:
            DiskFull: There is no room.
        """
        with room_for(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(kept.path, place)
            except OSError:
                clone_file(kept.path, place)
                place.chmod(0o555 if kept.executable else 0o444)

    def collect(self, *, before: float) -> int:
        """Remove the contents that no run has.

        Args:
            before: Seconds since the epoch; what changed later is left, as a run may be about to take it.

        Returns:
            How many bytes that was.
        """
        freed = 0
        for path in (self.home / "blobs").glob("??/*"):
            with contextlib.suppress(OSError):
                about = path.stat()
                if about.st_nlink == 1 and about.st_ctime < before:
                    path.unlink()
                    freed += about.st_size
        return freed
