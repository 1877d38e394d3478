"""An index as whoever installs from it sees it: refreshed, verified, and asked for single packages.

python-tuf's client decides what is trusted; it keeps what it has verified in the folder of trust, so a server cannot
go back behind it. One process at a time works on that folder.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Final

from tuf.api import exceptions as tuf
from tuf.api.metadata import Metadata, TargetFile, Targets, Timestamp
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from guildpkg.core.events import Reporter, Step, silent
from guildpkg.core.packages.catalog import Shard
from guildpkg.core.packages.catalog_reader import MOST_SHARD, read_shard
from guildpkg.core.ports import IndexReader
from guildpkg.errors import TrustError
from guildpkg.index.layout import METADATA, MOST_METADATA, SUMMARIES, TIMESTAMP, shard_target
from guildpkg.index.refusals import refusing
from guildpkg.index.targets import read_target
from guildpkg.index.trust import Known
from guildpkg.lean import dataclass
from guildpkg.system.disk import locked, room_for, write_atomically
from guildpkg.system.http.transfer import Missing

CONFIG: Final = UpdaterConfig(
    max_root_rotations=256, snapshot_max_length=MOST_METADATA, targets_max_length=MOST_METADATA
)


class _Fetcher(FetcherInterface):
    """Hands python-tuf the files that an `IndexReader` gives."""

    def __init__(self, reader: IndexReader) -> None:
        self.reader = reader

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield self.download_bytes(url, MOST_METADATA)

    def download_bytes(self, url: str, max_length: int) -> bytes:
        try:
            found = self.reader.read(url, max_length)
        except Missing as error:
            raise tuf.DownloadHTTPError(url, 404) from error
        except Exception as error:
            raise tuf.DownloadError(f"{url}: {error}") from error
        if len(found) > max_length:
            raise tuf.DownloadLengthMismatchError(f"{url} has more than the {max_length:,} bytes allowed")
        return found


@dataclass(slots=True)
class Client:
    """One index, read.

    Attributes:
        known: The index and its folder of trust.
        reader: Gives its files.
        report: Hears when another process that reads it has to be waited for.
    """

    known: Known
    reader: IndexReader
    report: Reporter = silent
    _updater: Updater | None = field(default=None, repr=False)

    def refresh(self) -> None:
        """See what is new; once for each client, and by itself when something is asked for.

        Raises:
            TrustError: It is not what its keys signed, or is out of date; what was known stays as it was.
            NetworkError: It cannot be reached.
        """
        with self._working():
            self._fresh()

    def shard(self, name: str) -> Shard | None:
        """Give all versions of a package; None when the index has none of that name.

        Raises:
            TrustError: As for `refresh`.
            CatalogError: What was signed is unsound.
        """
        with self._working():
            target = self._fresh().get_targetinfo(shard_target(name))
            if target is None:
                return None
            return self._shard(target, name)

    def summaries(self) -> dict[str, TargetFile]:
        """Give the summaries that there are, by what TUF calls them."""
        with self._working():
            updater = self._fresh()
            # asking for any loads and verifies the role that lists them all
            updater.get_targetinfo(f"{SUMMARIES}/-")
            verified = Metadata[Targets].from_file(str(self.known.place / METADATA / f"{SUMMARIES}.json"))
            return dict(verified.signed.targets)

    @property
    def expires(self) -> float:
        """When what was read stops to hold, seconds since the epoch."""
        verified = Metadata[Timestamp].from_file(str(self.known.place / METADATA / "timestamp.json"))
        return verified.signed.expires.timestamp()

    def target(self, target: TargetFile) -> bytes:
        """Give the content of a target, which is not kept.

        Raises:
            TrustError: It is not the one that was signed.
            NetworkError: It cannot be had.
        """
        return read_target(self.reader, target, MOST_METADATA, self.known.name)

    def _shard(self, target: TargetFile, name: str) -> Shard:
        place = self.known.place / "shards" / target.hashes.get("sha256", "-").replace("/", "-")
        with contextlib.suppress(OSError, tuf.LengthOrHashMismatchError):
            data = place.read_bytes()
            target.verify_length_and_hashes(data)
            return read_shard(data, name)
        data = read_target(self.reader, target, MOST_SHARD, self.known.name)
        shard = read_shard(data, name)
        with room_for(place):
            place.parent.mkdir(exist_ok=True)
        write_atomically(place, data)
        return shard

    def _fresh(self) -> Updater:
        if self._updater is None:
            folder = self.known.place / METADATA
            with room_for(folder):
                folder.mkdir(exist_ok=True)
            for left in folder.glob("tmp*"):  # what python-tuf was writing when it was killed
                left.unlink(missing_ok=True)
            updater = Updater(
                str(folder),
                f"{METADATA}/",
                fetcher=_Fetcher(self.reader),
                config=CONFIG,
                bootstrap=self.known.pinned,
            )
            updater.refresh()
            self._updater = updater
        return self._updater

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        def waiting() -> None:
            self.report(Step(f"Waiting for another guild process that reads the index {self.known.name}"))

        with locked(self.known.place, waiting=waiting), room_for(self.known.place):
            try:
                with refusing(self.known.name):
                    yield
            except TrustError:
                memory_of(self.known).unlink(missing_ok=True)
                raise


@dataclass(frozen=True, slots=True)
class OfflineReader:
    """Gives what was read before, so that an index can be used without a network until it expires.

    Attributes:
        place: The folder of trust.
    """

    place: Path

    def url(self, path: str) -> str:
        """Give the URL that the file would have here."""
        return (self.place / path).as_uri()

    def read(self, path: str, most: int) -> bytes:
        """Give a file; see `core.ports.IndexReader`."""
        if path != TIMESTAMP:
            raise Missing(f"{path}, which was not read while there was a network")
        try:
            with (self.place / path).open("rb") as file:
                return file.read(most + 1)
        except OSError as error:
            raise Missing(f"{path}, which was not read while there was a network") from error


def memory_of(known: Known) -> Path:
    """Where a reader may remember the last timestamp of an index."""
    return known.place / "timestamp.note"
