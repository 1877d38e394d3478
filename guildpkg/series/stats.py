"""The statistics of a run as a source of series; the step of a sample is its number."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from guildpkg.core.runs.stats import LONGEST, Decoder, Sample
from guildpkg.core.series.points import Problem, Series, series
from guildpkg.lean import dataclass
from guildpkg.series.places import Place, opened
from guildpkg.series.source import Found
from guildpkg.stores.scalars import Known

_CHUNK: Final = 1 << 20
_SPARE: Final = LONGEST + 64
"""Bytes in which a whole record fits."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of a run.

    Attributes:
        folder: The run's folder.
        place: The file in it.
    """

    folder: Path
    place: Place

    @property
    def name(self) -> str:
        """Its name."""
        return self.place.path

    @property
    def stamp(self) -> str:
        """What it is like now."""
        return self.place.stamp

    @property
    def size(self) -> int:
        """Bytes."""
        return self.place.size

    def open(self) -> AbstractContextManager[int]:
        """Open it; see `source.Source`."""
        return opened(self.folder, self.name)

    def read(self, handle: int, known: Known, size: int) -> Iterator[Found]:
        """Read on; see `source.Source`."""
        count, names = _remembered(known.state)
        decoder = Decoder(known.offset, names)
        while decoder.taken < size:
            begun, damaged = decoder.taken, decoder.damaged
            data = os.pread(handle, min(_CHUNK, size - begun), begun)
            samples = decoder.feed(data)
            if decoder.taken == begun:
                if begun == 0 or len(data) <= _SPARE:
                    return
                # a whole chunk without a record: the next one may begin in what is left of it
                decoder.taken += len(data) - _SPARE
                decoder.damaged += 1
            problems = [Problem(self.name, begun, "damaged samples")] if decoder.damaged > damaged else []
            columns = _columns(samples, count)
            count += len(samples)
            state = json.dumps([count, sorted(decoder.names.items())])
            yield Found(columns, decoder.taken, state, problems)


def _remembered(state: str) -> tuple[int, dict[int, str]]:
    if not state:
        return 0, {}
    found: Any = json.loads(state)
    return found[0], dict(map(tuple, found[1]))


def _columns(samples: list[Sample], count: int) -> dict[str, Series]:
    """Turn samples into a series for each key.

    Args:
        samples: The samples.
        count: How many were before them.
    """
    found: dict[str, tuple[list[int], list[int], list[float]]] = {}
    for step, sample in enumerate(samples, count):
        for key, value in sample.values.items():
            times, steps, values = found.setdefault(key, ([], [], []))
            times.append(sample.time)
            steps.append(step)
            values.append(value)
    return {key: series(*columns) for key, columns in found.items()}
