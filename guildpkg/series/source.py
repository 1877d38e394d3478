"""Files that scalars come from, and how the cache of a run is brought up to date from them.

Nothing of a file is read twice: its row in the cache says where reading goes on. A file that was replaced or shortened
is read from its beginning, and what came from it before is left out, as is what came from a file that is gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Final, Protocol

from guildpkg.core.series.points import Problem, Series, joined
from guildpkg.lean import dataclass
from guildpkg.stores.scalars import Known, ScalarCache

MOST_POINTS: Final = 1_000_000
"""Points that are held in memory before they are written."""
MOST_KEYS: Final = 100_000
"""Keys that one file may have."""
_TAIL: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a part of a source holds.

    Attributes:
        series: Points by key.
        end: Bytes of the file that are done with.
        state: What the reader has to remember.
        problems: What was passed over.
        waiting: What keeps the rest from being read.
    """

    series: Mapping[str, Series]
    end: int
    state: str = ""
    problems: Sequence[Problem] = ()
    waiting: Problem | None = None


class Source(Protocol):
    """A file that scalars come from."""

    @property
    def name(self) -> str:
        """What it is called in the cache and in messages."""

    @property
    def stamp(self) -> str:
        """What it is like now; another text after each change."""

    @property
    def size(self) -> int:
        """Bytes."""

    def open(self) -> AbstractContextManager[int]:
        """Open it.

        Raises:
            OSError: It cannot be opened.
        """

    def read(self, handle: int, known: Known, size: int) -> Iterator[Found]:
        """Read on.

        Args:
            handle: Its descriptor.
            known: How far it was read.
            size: Where to stop.
        """


def refresh(cache: ScalarCache, sources: Sequence[Source]) -> dict[str, Known]:
    """Bring a cache up to date.

    Args:
        cache: The cache of a run.
        sources: All the sources of the run.

    Returns:
        How far each source is read now.
    """
    known = cache.sources()
    gone = known.keys() - {source.name for source in sources}
    if gone:
        with cache.changing():
            for name in gone:
                cache.forget(name)
    for source in sources:
        if source.name not in known or known[source.name].stamp != source.stamp:
            while _read_on(cache, source):
                pass
    return cache.sources()


def _read_on(cache: ScalarCache, source: Source) -> bool:
    """Read more of a source into the cache; tell whether there is still more."""
    with cache.changing():
        # looked up again, as somebody else may have read it meanwhile
        known = cache.sources().get(source.name, Known())
        try:
            with source.open() as handle:
                size = os.fstat(handle).st_size
                if size < known.offset or not _is_same(handle, known):
                    cache.forget(source.name)
                    known = Known()
                gathered = _Gathered(known.offset, known.state)
                more = gathered.take(source.read(handle, known, size))
                tail = os.pread(handle, _TAIL, max(gathered.end - _TAIL, 0))[: gathered.end]
        except OSError as error:
            waiting = Problem(source.name, known.offset, f"it cannot be read: {error.strerror}")
            cache.add(source.name, Known(source.stamp, known.offset, known.tail, known.state, waiting), {})
            return False
        stamp = "" if more else source.stamp
        now = Known(stamp, gathered.end, tail, gathered.state, gathered.waiting)
        cache.add(source.name, now, gathered.series(), gathered.problems)
    return more


def _is_same(handle: int, known: Known) -> bool:
    """Tell whether a file begins with what was read of it, as far as its last bytes say."""
    return os.pread(handle, len(known.tail), known.offset - len(known.tail)) == known.tail


@dataclass(slots=True)
class _Gathered:
    """Parts of a source, put together."""

    end: int
    state: str
    waiting: Problem | None = None
    problems: list[Problem] = field(default_factory=list)
    _parts: dict[str, list[Series]] = field(default_factory=dict)

    def take(self, parts: Iterator[Found]) -> bool:
        """Take parts in until they are enough; tell whether there may be more."""
        points = 0
        for part in parts:
            self.end, self.state, self.waiting = part.end, part.state, part.waiting
            self.problems += part.problems
            for key, item in part.series.items():
                if key in self._parts or len(self._parts) < MOST_KEYS:
                    self._parts.setdefault(key, []).append(item)
                    points += len(item)
            if points >= MOST_POINTS:
                return True
        return False

    def series(self) -> dict[str, Series]:
        """Give the points by key."""
        return {key: joined(parts) for key, parts in self._parts.items()}
