"""The contents of installed files, each once: ``store/files/AB/ABCD...``, by SHA-256; executable ones end in ``.x``.

Installed trees hold hard links to them (clones where a file system has only those), so that what is the same in two
packages or versions lies on the disk once. Nothing in here is trusted: before a content is given away it is hashed
again, and one that has gone bad is put aside for a good one. Use it while holding the lock of `stores.packages`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import field
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Sha256, is_sha256
from guildpkg.lean import dataclass
from guildpkg.system.disk import hash_file, room_for
from guildpkg.system.sharing import try_share

READ_ONLY: Final = 0o444
EXECUTABLE: Final = 0o555
TIME: Final = 315532800
"""Time of every installed file, seconds since the epoch (1980): one content has one time, whoever brought it."""


def mode_of(*, executable: bool) -> int:
    """Say which permission bits an installed file has: nobody may write to it."""
    return EXECUTABLE if executable else READ_ONLY


@dataclass(slots=True)
class Contents:
    """The store of contents.

    Attributes:
        folder: ``$GUILD_HOME/store/files``; made when needed.
        sound: What was hashed, or came in, since this object was made.
    """

    folder: Path
    sound: set[str] = field(default_factory=set)
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def time(self) -> int:
        """Time of every content."""
        return TIME

    def place(self, digest: Sha256, *, executable: bool) -> Path:
        """Say where a content lies, if it is here."""
        return self.folder / digest[:2] / (f"{digest}.x" if executable else digest)

    def find(self, digest: Sha256, *, executable: bool) -> Path | None:
        """Give a content if it is here and sound; its mode and time are set right if they were not."""
        name = f"{digest}.x" if executable else digest
        if name not in self.sound and name not in self._names(digest[:2]):
            return None
        place = self.place(digest, executable=executable)
        if name in self.sound:
            return place
        try:
            about = place.lstat()
            if not stat.S_ISREG(about.st_mode) or hash_file(place) != digest:
                return None
        except OSError:
            return None
        if stat.S_IMODE(about.st_mode) != mode_of(executable=executable):
            place.chmod(mode_of(executable=executable))
        if about.st_mtime != TIME:
            os.utime(place, (TIME, TIME))
        self.sound.add(place.name)
        return place

    def add(self, digest: Sha256, *, executable: bool, name: bytes, folder: int) -> None:
        """Take in a file whose content was just hashed; the file itself stays where it is.

        Args:
            digest: SHA-256 of its content.
            executable: Whether it is an executable one.
            name: Its name, one part of a path.
            folder: Descriptor of its folder.
        """
        known = f"{digest}.x" if executable else digest
        place = f"{self.folder}/{digest[:2]}/{known}"  # no Path: there are thousands of them
        try:
            kept = try_share(name, place, folder=folder)
        except (FileNotFoundError, FileExistsError):
            with room_for(Path(place)):
                Path(place).parent.mkdir(parents=True, exist_ok=True)
                Path(place).unlink(missing_ok=True)
                kept = try_share(name, place, folder=folder)
        if kept:
            self.sound.add(known)

    def look_again(self) -> None:
        """Forget what lay where: another process took in files, which are hashed before they are given away."""
        self._listed.clear()

    def _names(self, part: str) -> frozenset[str]:
        """List what lay in one of the folders when it was first looked into; what came since is sound."""
        if part not in self._listed:
            try:
                self._listed[part] = frozenset(item.name for item in (self.folder / part).iterdir())
            except OSError:
                self._listed[part] = frozenset()
        return self._listed[part]

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Yield the name of every content (SHA-256, with ``.x`` behind executable ones) and its bytes."""
        for place in sorted(self.folder.glob("??/*")):
            if is_sha256(place.name.removesuffix(".x")):
                yield place.name, place.lstat().st_size

    def drop_all_but(self, wanted: Collection[str]) -> None:
        """Remove the contents whose names are not wanted."""
        for place in sorted(self.folder.glob("??/*")):
            if place.name not in wanted:
                self.sound.discard(place.name)
                place.unlink(missing_ok=True)
