"""A package of many files, extracted by several processes at once, one per core.

Each takes shares of the archive (`core.archive.shares`), decodes them, insists that every byte that is no content is
what it must be, and makes the files. Folders are made before, links after. Whatever is not as it should be, an error of
the system and a killed process included, makes all of it be taken away again: then `system.unpack.packages` reads the
archive from the front, in one process, and says what is wrong.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import Final

from guildpkg.core.archive import tar
from guildpkg.core.archive.layout import MANIFEST, in_order, slot_of
from guildpkg.core.archive.shares import Share, shares
from guildpkg.core.digests import Entry, Sha256
from guildpkg.core.events import Detail, Progress, Reporter
from guildpkg.core.sources import Limits
from guildpkg.errors import GuildError
from guildpkg.system.forks import MOST_ITEMS, cores, divided
from guildpkg.system.unpack.decode import block_pieces, blocks_of
from guildpkg.system.unpack.feed import Budget, Feed
from guildpkg.system.unpack.laying import Pool, hash_of, lay_file
from guildpkg.system.unpack.package_stream import Known
from guildpkg.system.unpack.tarwalk import TarWalk
from guildpkg.system.unpack.treewriter import TreeWriter, writing

FEWEST: Final = 1000
"""Least files: processes take some milliseconds to begin with."""

MOST_PROCESSES: Final = 8
"""Each holds two blocks in memory, and they wait for one another in the folders of one file system."""


class _OtherwiseError(Exception):
    """Something is not as it should be; the careful way finds out what."""


def extract_divided(
    path: Path, target: Path, known: Known, *, limits: Limits, workers: int, report: Reporter, pool: Pool | None
) -> bool:
    """Extract a package by several processes; arguments as of `system.unpack.packages.extract_package`.

    Returns:
        False when it was not done, for whatever reason. Nothing is left in *target* then.
    """
    workers = min(workers, cores(), MOST_PROCESSES)
    if workers < 2 or len(known.manifest.files) < FEWEST or os.path.lexists(target):
        return False
    task = f"Extracting {path.name}"
    # whoever fails here, fails in the careful way as well, which says it
    with contextlib.suppress(_OtherwiseError, GuildError, OSError), path.open("rb") as file:
        handle = file.fileno()
        size = os.fstat(handle).st_size
        members = _members(known, limits)
        flags, parts = _parts(members, handle, workers)
        budget = Budget(limits, size, path.name)
        budget.announce(_total(parts))
        with writing(target, members=limits.members, frozen=pool is not None) as tree:
            report(Detail(f"{workers} processes extract it"))
            feed = partial(_feed, handle, flags, budget)
            laying = _Laying(members, known.manifest.build.epoch, tree, pool, feed)
            laying.run(parts, workers, lambda done: report(Progress(task, done, size)))
            laying.finish(target)
        report(Progress(task, size, size, finished=True))
        return True
    return False


_Members = list[tuple[bytes, Entry | None]]
"""Path and entry of every member, see `core.archive.layout.slot_of`."""


def _members(known: Known, limits: Limits) -> _Members:
    """List every member: the root, the manifest like any other file, and the rest in order."""
    if known.manifest.build.compression != "xz":
        raise _OtherwiseError
    manifest = Entry(MANIFEST, "file", executable=False, size=known.size, sha256=known.sha256)
    members = [(b"", None), (MANIFEST, manifest), *in_order(known.manifest.files)]
    if len(members) > limits.members:
        raise _OtherwiseError
    return members


def _parts(members: _Members, handle: int, workers: int) -> tuple[bytes, list[Share]]:
    """Cut the package into shares, if that is worth it; give the flags of the .xz file as well."""
    found = blocks_of(handle)
    parts = shares(starmap(tar.span_of, members), found[1]) if found else None
    # a file of many blocks is decoded sooner by threads
    if not found or not parts or len(parts) > MOST_ITEMS or max(part.size for part in parts) * workers > _total(parts):
        raise _OtherwiseError
    return found[0], parts


def _feed(handle: int, flags: bytes, budget: Budget, part: Share) -> Feed:
    """Give what is in a share; it is decoded when it is asked for."""

    def chunks() -> Generator[bytes, None, None]:
        for block in part.blocks:
            yield from block_pieces(handle, flags, block)
        if part.ahead:
            yield from block_pieces(handle, flags, part.ahead, part.more)

    return Feed(chunks(), budget)


def _total(parts: Sequence[Share]) -> int:
    return sum(part.size for part in parts)


class _Laying:
    """One package on its way into a tree that is empty."""

    def __init__(
        self, members: _Members, epoch: int, tree: TreeWriter, pool: Pool | None, feed: Callable[[Share], Feed]
    ) -> None:
        self._members = members
        self._epoch = epoch
        self._tree = tree
        self._pool = pool
        self._feed = feed
        self._time = pool.time if pool else self._epoch
        self._twins = _twins(members) if pool else {}

    def run(self, parts: Sequence[Share], workers: int, step: Callable[[int], None]) -> None:
        """Make the folders here, and the files in processes."""
        for path, entry in self._members[2:]:
            if entry is None or entry.kind == "dir":
                self._tree.folder(path)
        read = 0

        def done(number: int) -> None:
            nonlocal read
            read += sum(block.stored for block in parts[number].blocks)
            step(read)

        try:
            whole = divided(lambda number: self._lay(parts[number]), len(parts), workers, done)
        finally:
            for path, entry in self._members:
                if entry and entry.kind == "file" and path not in self._twins:
                    self._tree.folders.note(path)
        if not whole:
            raise _OtherwiseError

    def finish(self, target: Path) -> None:
        """Make what is left: further names of contents that come twice, and links."""
        for path, entry in self._members:
            if entry and entry.kind == "link":
                self._tree.link(path, entry.target)
            elif entry and (twin := self._twins.get(path)) is not None:
                self._tree.adopt(path, target / os.fsdecode(twin), entry)
        if self._pool:
            self._pool.look_again()

    def _lay(self, part: Share) -> None:
        """Make the files of a share, in a process of its own."""
        feed = self._feed(part)
        for _ in feed.pieces(part.skipped):
            pass
        walk = TarWalk(feed)
        members = iter(walk)
        for number in part.members:
            path, entry = self._members[number]
            slot = slot_of(path, entry)
            raw = tar.encode(slot, self._epoch)
            # a header that lies in two blocks is not skipped, and read like any other
            if not walk.skip(raw, slot.size) and ((member := next(members, None)) is None or member.raw != raw):
                raise _OtherwiseError
            if entry and entry.kind == "file":
                self._file(entry, walk.content())
        walk.end_member()
        behind = feed.position
        walk.finish()
        if not walk.clean or (feed.position > behind and not part.last):
            raise _OtherwiseError

    def _file(self, entry: Entry, content: Iterable[memoryview]) -> None:
        if entry.path not in self._twins:
            lay_file(self._tree, self._pool, self._time, entry, content)
        elif hash_of(content) != entry.sha256:
            raise _OtherwiseError


def _twins(members: _Members) -> dict[bytes, bytes]:
    """Find the files that have the content of an earlier one, which lies in another share perhaps."""
    first: dict[tuple[Sha256, bool], bytes] = {}
    found = {}
    for path, entry in members:
        if entry and entry.size and entry.kind == "file":
            origin = first.setdefault((entry.sha256, entry.executable), path)
            if origin is not path:
                found[path] = origin
    return found
