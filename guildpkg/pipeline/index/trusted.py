"""All indexes that this user trusts, asked as one: what releases there are of a name, and the archive of one of them.

`Indexes` is made once for each command and refreshes each index at most once. `releases` gives every version of a
package; the first index that has the name decides, in the order of `guild index list`, so that nobody can slip a newer
version of a name of yours onto another index. `obtain` gives a release's archive out of the download cache, where it is
brought first, resumed and compared with its signed size and SHA-256; it may be called from several threads and
processes at once.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from guildpkg.core.events import Detail
from guildpkg.core.packages.catalog import File, Release
from guildpkg.errors import OfflineError
from guildpkg.index import trust
from guildpkg.index.trust import Known
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.local import known_indexes
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.downloads import Downloads
from guildpkg.system.http.download import Wanted
from guildpkg.system.http.get import Pool
from guildpkg.system.http.transfer import Settings

if TYPE_CHECKING:
    from guildpkg.index.client import Client


@dataclass(frozen=True, slots=True)
class Offer:
    """A release, and the index that has it.

    Attributes:
        index: Name of the index.
        release: The release.
    """

    index: str
    release: Release


@dataclass(slots=True)
class Indexes:
    """The indexes of a user, for one command; a block closes its connections.

    Attributes:
        setting: The outside world.
        offline: True to use only what was read before (``file://`` may still be read).
        only: Name of the one index to ask; empty for all.
        patience: How patient it is with servers.
    """

    setting: Setting
    offline: bool = False
    only: str = ""
    patience: Settings = field(default_factory=Settings)
    _pool: Pool = field(default_factory=Pool)
    _clients: dict[str, Client] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.__exit__(kind, error, trace)

    def known(self) -> tuple[Known, ...]:
        """Give the indexes that are asked, the first to be asked first.

        Raises:
            Unknown: The only one that was to be asked is not known.
        """
        return known_indexes(self.setting, self.only)

    def client(self, known: Known) -> Client:
        """Give what reads an index."""
        # TUF and its cryptography are half of the start: an installation from a file needs neither
        from guildpkg.index.client import Client, OfflineReader, memory_of
        from guildpkg.index.reading import UrlReader

        if known.name not in self._clients:
            folder = trust.folder_of(known.url)
            if self.offline and not folder:
                self._clients[known.name] = Client(known, OfflineReader(known.place), self.setting.report)
            else:
                memory = None if folder else memory_of(known)
                reader = UrlReader(known.url, memory, self.patience, self.setting.report, self._pool)
                self._clients[known.name] = Client(known, reader, self.setting.report)
        return self._clients[known.name]

    def releases(self, name: str) -> tuple[Offer, ...]:
        """Give all releases of a package, the oldest first; none when no index has it.

        Raises:
            TrustError: An index that is asked is not what its keys signed, or is out of date.
            NetworkError: It cannot be reached.
            CatalogError: What it says is unsound.
        """
        for known in self.known():
            shard = self.client(known).shard(name)
            if shard is not None and shard.releases:
                self.setting.report(Detail(f"{name}: {len(shard.releases)} on the index {known.name}"))
                return tuple(Offer(known.name, release) for release in shard.releases)
        return ()

    def obtain(self, offer: Offer) -> Path:
        """Give the archive of a release: a verified file of the download cache, not to be changed.

        Raises:
            OfflineError: It is not in the cache and the network must not be used.
            NetworkError: It cannot be had.
            IntegrityError: What the index sends is not what was signed.
        """
        return self._file(offer, offer.release.archive)

    def manifest(self, offer: Offer) -> Path:
        """Give the manifest of a release, which says every file in it; as `obtain`."""
        return self._file(offer, offer.release.manifest)

    def _file(self, offer: Offer, file: File) -> Path:
        from guildpkg.index.reading import UrlReader

        known = trust.find(self.setting.home, offer.index)
        url = UrlReader(known.url).url(file.path)
        downloads = Downloads(self.setting.home, offline=self.offline, report=self.setting.report)
        try:
            return downloads.get(Wanted(url, file.sha256, file.size, limit=max(file.size, 1))).path
        except OfflineError as error:
            said = f"{file.name} was not downloaded yet, and the network must not be used"
            raise OfflineError(said, hint=error.hint) from error
