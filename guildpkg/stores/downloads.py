"""The download cache: every file that was ever fetched, by its SHA-256, below ``$GUILD_HOME/cache``.

``files/AB/ABCD...`` hold the files, ``urls/KEY.json`` what a URL gave last time, ``parts/KEY.part`` what is on its
way, ``scratch/`` what is looked at, ``locks/KEY`` one lock per file wanted. KEY is the SHA-256 of the file where it
is known, else of the URL. A file is hashed again each time before it is handed out; one that has gone bad is
replaced by fetching it anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Sha256, is_sha256, sha256
from guildpkg.core.events import Detail, Reporter, Step, Warn, silent
from guildpkg.errors import Busy, NetworkError, OfflineError
from guildpkg.lean import dataclass
from guildpkg.system.disk import hash_file, locked, remove, room_for, sync_folder, write_atomically
from guildpkg.system.http.download import Downloaded, Wanted, download
from guildpkg.system.http.part import Version, discard
from guildpkg.system.http.transfer import Settings, shown

UNCHANGED: Final = "cache, unchanged upstream"
_PATIENCE: Final = 24 * 3600.0
"""Seconds to wait for another process that downloads the same file."""


@dataclass(frozen=True, slots=True)
class Cached:
    """A file of the cache, verified just now.

    Attributes:
        path: Where it lies; not to be changed.
        sha256: SHA-256 of its content.
        size: Bytes.
        way: ``cache``, ``cache, unchanged upstream`` or ``download``.
    """

    path: Path
    sha256: Sha256
    size: int
    way: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """The cache and the manners of its users.

    Attributes:
        home: ``$GUILD_HOME``; made when needed.
        offline: True when the network must not be used (``file://`` may).
        settings: Patience and trust of downloads.
        report: Hears warnings and progress.
    """

    home: Path
    offline: bool = False
    settings: Settings = field(default_factory=Settings)
    report: Reporter = silent

    def get(self, wanted: Wanted) -> Cached:
        """Give the file that *wanted* describes: from the cache, else by its URL.

        Without a SHA-256 the server is asked whether what the URL gave last time is still the newest; offline,
        what it gave last time is taken.

        Raises:
            OfflineError: It is not here (or has gone bad) and the network must not be used.
            NetworkError: It cannot be had.
            IntegrityError: What the URL gives is not what is wanted.
            SourceError: It does not exist, or is larger than the limit.
        """
        return self._by_hash(wanted, wanted.sha256) if wanted.sha256 else self._by_url(wanted)

    def find(self, digest: Sha256) -> Cached | None:
        """Give a file if it is here and sound."""
        return self._sound(digest, silent)

    def remember(self, text: str, digest: Sha256, file: str) -> None:
        """Note under any text which file it stood for last time."""
        self._write_note(text, digest, file, Version())

    def forget(self, text: str) -> None:
        """Forget what a text or a URL stood for: the next `get` fetches anew instead of asking what has changed."""
        self._note(text).unlink(missing_ok=True)

    def recall(self, text: str) -> tuple[Sha256, str]:
        """Say which file a text stood for last time: its SHA-256 and name, empty when nothing is known."""
        digest, file, _ = self._known(text)
        return digest, file

    def _by_hash(self, wanted: Wanted, digest: Sha256) -> Cached:
        if found := self._sound(digest, silent):
            return found
        with self._turn(wanted.url, digest):
            if found := self._sound(digest, self.report):
                return found
            return self._fetch(wanted, digest, gone_bad=self._place(digest).exists())

    def _by_url(self, wanted: Wanted) -> Cached:
        key = sha256(wanted.url.encode())
        with self._turn(wanted.url, key):
            digest, _, version = self._known(wanted.url)
            found = self._sound(digest, self.report) if digest else None
            if found is None:
                return self._fetch(wanted, key, gone_bad=bool(digest) and self._place(digest).exists())
            if self._cut_off(wanted.url):
                return found
            return self._fetch(replace(wanted, known=version), key, unchanged=replace(found, way=UNCHANGED))

    def _sound(self, digest: Sha256, report: Reporter) -> Cached | None:
        path = self._place(digest)
        with contextlib.suppress(FileNotFoundError):
            size = path.stat().st_size
            _mark_used(path)  # before it is read: what was used just now is not removed
            if hash_file(path) == digest:
                return Cached(path, digest, size, "cache")
            report(Warn(f"{path} in the download cache has gone bad"))
        return None

    def _fetch(self, wanted: Wanted, key: str, *, unchanged: Cached | None = None, gone_bad: bool = False) -> Cached:
        if self._cut_off(wanted.url):
            said = f"{shown(wanted.url)} is not in the download cache"
            if gone_bad:
                said = f"the copy of {shown(wanted.url)} in the download cache has gone bad"
            raise OfflineError(f"{said}, and the network must not be used", hint="run it once without --offline")
        part = self._folder("parts") / f"{key}.part"
        asks_only = f"asking whether {shown(wanted.url)} has changed"
        self.report(Detail(asks_only) if unchanged else Step(f"Downloading {shown(wanted.url)}"))
        done = download(wanted, part, settings=self.settings, report=self.report)
        if done is None:
            if unchanged is None:
                raise NetworkError(f"{shown(wanted.url)} is said to be here already, and is not")
            return unchanged
        place = self._keep(part, done)
        self._write_note(wanted.url, done.sha256, "", done.version)
        return Cached(place, done.sha256, done.size, "download")

    @contextlib.contextmanager
    def _turn(self, url: str, key: str) -> Iterator[None]:
        def waiting() -> None:
            self.report(Step(f"Waiting for another guild process that fetches {shown(url)}"))

        with locked(self._folder("locks") / key, wait=_PATIENCE, waiting=waiting):
            yield

    def _keep(self, part: Path, done: Downloaded) -> Path:
        place = self._place(done.sha256)
        with room_for(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(place)
            place.chmod(0o444)
            _mark_used(place)
            sync_folder(place.parent)
        discard(part)
        return place

    def _known(self, text: str) -> tuple[Sha256, str, Version]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(self._note(text).read_bytes())
            if is_sha256(note["sha256"]):
                version = Version(str(note["etag"]), str(note["modified"]))
                return Sha256(note["sha256"]), str(note["file"]), version
        return Sha256(""), "", Version()

    def _write_note(self, text: str, digest: Sha256, file: str, version: Version) -> None:
        note = {"schema": 1, "sha256": digest, "file": file, "etag": version.etag, "modified": version.modified}
        data = json.dumps(note).encode()
        path = self._note(text)
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == data:
                return
        self._folder("urls")
        write_atomically(path, data)

    def _cut_off(self, url: str) -> bool:
        return self.offline and not url.lower().startswith("file:")

    def _place(self, digest: Sha256) -> Path:
        return self.home / "cache" / "files" / digest[:2] / digest

    def _note(self, url: str) -> Path:
        return self.home / "cache" / "urls" / f"{sha256(url.encode())}.json"

    def _folder(self, name: str) -> Path:
        folder = self.home / "cache" / name
        with room_for(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder


def _mark_used(path: Path) -> None:
    """Note in the time of its last access that a file is used; not every file system does so by itself."""
    with contextlib.suppress(PermissionError):  # it may be somebody else's
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


@contextlib.contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """Give a folder to look at things in; what killed processes left in theirs is removed first.

    A folder is somebody's as long as its lock is held. The parent's lock keeps one that was made and is not locked
    yet from being taken for one that was left.

    Args:
        home: ``$GUILD_HOME``.
    """
    parent = home / "cache" / "scratch"
    with room_for(parent), contextlib.ExitStack() as stack:
        parent.mkdir(parents=True, exist_ok=True)
        with locked(parent):
            for left in parent.iterdir():
                with contextlib.suppress(Busy, FileNotFoundError), locked(left, wait=0):
                    remove(left)
            folder = Path(tempfile.mkdtemp(dir=parent))
            stack.enter_context(locked(folder))
            stack.callback(remove, folder)  # before the lock is free: nobody else may remove it meanwhile
        yield folder
