"""Is all of an index there, and is it what was signed? And which of its files does nobody need any more?"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Final

from tuf.api.metadata import Metadata, Root, TargetFile

from guildpkg.core.events import Progress, Reporter
from guildpkg.core.packages.catalog import File, Line
from guildpkg.core.packages.catalog_reader import MOST_SHARD, read_shard
from guildpkg.core.ports import IndexStore
from guildpkg.errors import GuildError, TrustError
from guildpkg.index.layout import METADATA, PACKAGES, SUMMARIES, TARGETS, TIMESTAMP, metadata_path, target_path
from guildpkg.index.publishing import summary_of
from guildpkg.index.refusals import refusing
from guildpkg.index.state import State, read_root
from guildpkg.index.targets import read_target
from guildpkg.lean import dataclass

WEEK: Final = 7 * 86400.0
"""Seconds for which files of older states are kept for clients that are reading them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What an index is like.

    Attributes:
        packages: How many packages it has.
        releases: How many versions of them.
        size: Bytes of all that is needed.
        faults: What is wrong.
        old: Files that nothing refers to any more, with their sizes.
    """

    packages: int
    releases: int
    size: int
    faults: tuple[str, ...]
    old: tuple[tuple[str, int], ...]


def check_index(state: State, store: IndexStore, report: Reporter) -> Checked:
    """Read all of an index and compare it with what was signed.

    Args:
        state: Its metadata; the roles in it are verified as they are read.
        store: Its files.
        report: Told how far it is.
    """
    found = _Check(state, store)
    task = f"Checking {state.name}"
    bins = state.bins
    for done, role in enumerate(bins):
        found.bin(role)
        report(Progress(task, done, len(bins), "bins"))
    report(Progress(task, len(bins), len(bins), "bins", finished=True))
    found.metadata()
    files = dict(store.names(METADATA)) | dict(store.names(TARGETS)) | dict(store.names(PACKAGES))
    old = tuple((path, size) for path, size in files.items() if path not in found.needed)
    size = sum(files.get(path, 0) for path in found.needed)
    return Checked(found.packages, found.releases, size, tuple(found.faults), old)


def prune(checked: Checked, store: IndexStore, *, dry_run: bool = False) -> int:
    """Remove what nothing refers to and is older than a week; say how many bytes that were, or would be.

    Nothing goes while there are faults: what cannot be read may refer to it.
    """
    freed = 0
    for path, size in () if checked.faults else checked.old:
        if store.age(path) > WEEK:
            if not dry_run:
                store.delete(path)
            freed += size
    return freed


class _Check:
    """Collects faults, and the paths that are needed."""

    def __init__(self, state: State, store: IndexStore) -> None:
        self.state = state
        self.store = store
        self.faults: list[str] = []
        self.needed: set[str] = set()
        self.packages = 0
        self.releases = 0

    def metadata(self) -> None:
        signed = self.state.snapshot.signed
        self.needed |= {TIMESTAMP, metadata_path("snapshot", signed.version)}
        self.needed |= {metadata_path(name.removesuffix(".json"), meta.version) for name, meta in signed.meta.items()}
        # every root is needed for ever: who knows an old one follows them one by one
        self.needed |= {metadata_path("root", number + 1) for number in range(self.state.root.signed.version)}
        self._roots()
        with self._noting():
            for target in self.state.role(SUMMARIES).signed.targets.values():
                self.needed.add(target_path(target.path, target.hashes.get("sha256", "-")))

    def _roots(self) -> None:
        """Follow the roots from the newest one down: each is there, and signed by itself and by the one before it."""
        newer = None
        for number in range(self.state.root.signed.version, 0, -1):
            newer = self._root(number, newer)

    def _root(self, number: int, newer: Metadata[Root] | None) -> Metadata[Root] | None:
        path = metadata_path("root", number)
        try:
            found = read_root(self.store, number, self.state.name)
            if number == self.state.root.signed.version and found.signed != self.state.root.signed:
                raise TrustError(f"{path} is not the root that was accepted")
            with refusing(self.state.name):
                for root in (found, newer) if newer else (found,):
                    found.signed.verify_delegate("root", root.signed_bytes, root.signatures)
        except GuildError as error:
            self.faults.append(str(error))
            return None
        return found

    def bin(self, role: str) -> None:
        lines: list[Line] = []
        with self._noting():
            for target in self.state.role(role).signed.targets.values():
                self.needed.add(target_path(target.path, target.hashes.get("sha256", "-")))
                with self._noting():
                    self._shard(target, lines)
        self.packages += len(lines)
        with self._noting():
            if list(summary_of(self.state, role).lines) != sorted(lines, key=lambda line: line.name):
                self.faults.append(f"the summary of {role} does not say what the shards say")

    def _shard(self, target: TargetFile, lines: list[Line]) -> None:
        name = target.path.removeprefix("shards/").removesuffix(".json")
        shard = read_shard(read_target(self.store, target, MOST_SHARD, self.state.name), name)
        lines.append(shard.line)
        self.releases += len(shard.releases)
        for release in shard.releases:
            for file in (release.archive, release.manifest, release.statement):
                if file is not None and file.path not in self.needed:
                    self.needed.add(file.path)
                    self._file(file)

    def _file(self, file: File) -> None:
        whole, size = hashlib.sha256(), 0
        with self._noting():
            for chunk in self.store.chunks(file.path):
                whole.update(chunk)
                size += len(chunk)
            if (size, whole.hexdigest()) != (file.size, file.sha256):
                self.faults.append(f"{file.path} is not the file that was published")

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except GuildError as error:
            self.faults.append(str(error))
