"""The series of runs: scalars of event files, statistics, and what was found in the output.

This is what listings, comparisons and the view read::

    found = series_of(store, run)  # brings what is known of the run up to date
    found.latest  # {key: Latest}, sorted: count, first and last step and time, last value
    found.read(r"tf/.*/loss", "op/mem/rss")  # {key: Series}: the points of every key that a pattern matches as a whole
    found.problems  # what was damaged in the run's files, to be told as warnings
    latest_of(store, runs, r"tf/.*/loss")  # {name of the run's folder: {key: Latest}} for many runs at once

A `Series` is three numpy columns: times (nanoseconds), steps, values. `core.series.points` leaves out what was done
over, `core.series.thin` thins lines out, `core.series.keys` finds the key that a word means (``loss`` for
``tf/train/loss``), and `pipeline.runs.fields` makes the fields of a project of them.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from guildpkg.core.runs.record import OutputScalar
from guildpkg.core.series.keys import matching
from guildpkg.core.series.numerals import formatted
from guildpkg.core.series.points import Latest, Problem, Series, series
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.series_index import latest_in, open_index
from guildpkg.pipeline.runs.times import in_iso
from guildpkg.series.events import Events
from guildpkg.series.output import Printed
from guildpkg.series.places import event_files, file_in, without_inputs
from guildpkg.series.source import Source, refresh
from guildpkg.series.stats import Statistics
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary
from guildpkg.stores.scalars import ScalarCache
from guildpkg.stores.scalars_file import using

SMALL: Final = 256 << 10
"""Bytes of all files of a run together; up to this many are read again each time, as fast as a cache would be."""


@dataclass(frozen=True, slots=True, eq=False)
class RunSeries:
    """The series of one run.

    Attributes:
        latest: Each key with what is known of it, in the order of the keys.
        problems: What could not be read.
    """

    latest: Mapping[str, Latest]
    problems: tuple[Problem, ...]
    _read: Callable[[Sequence[str]], Mapping[str, Series]]

    def read(self, *patterns: str) -> dict[str, Series]:
        """Read the points of keys.

        Args:
            patterns: Regular expressions, each for a whole key.

        Returns:
            The series by key: those of the first pattern first, each once. Of a run that goes on they may have more
            points than `latest` tells of.

        Raises:
            UsageFault: One is no regular expression.
        """
        keys = list(dict.fromkeys(key for pattern in patterns for key in matching(pattern, self.latest)))
        found = self._read(keys) if keys else {}
        return {key: found[key] for key in keys if key in found}

    def points(self, key: str) -> Series:
        """Read the points of one key; none when there is no such key."""
        return self._read([key]).get(key) or series((), (), ())


def series_of(store: Runs, run: Run) -> RunSeries:
    """Bring what is known of the series of a run up to date.

    Args:
        store: The runs.
        run: One of them.
    """
    sources, over = _sources(store, run)
    small = sum(source.size for source in sources) < SMALL

    def look(cache: ScalarCache) -> RunSeries:
        known = refresh(cache, sources)
        waiting = [one.waiting for one in known.values() if one.waiting and over]
        problems = sorted([*cache.problems(), *waiting], key=lambda problem: (problem.file, problem.offset))
        latest = cache.latest()
        points = cache.points(latest) if small else {}
        return RunSeries(latest, tuple(problems), lambda keys: points if small else _read(store, run, keys))

    return using(store.series_cache(run), look, keep=not small)


def _read(store: Runs, run: Run, keys: Sequence[str]) -> Mapping[str, Series]:
    """Read points of a run with many, from its cache."""
    sources, _ = _sources(store, run)

    def look(cache: ScalarCache) -> Mapping[str, Series]:
        refresh(cache, sources)
        return cache.points(keys)

    return using(store.series_cache(run), look)


def _sources(store: Runs, run: Run) -> tuple[list[Source], bool]:
    """Find the files that scalars of a run come from, and say whether the run is over."""
    patterns: tuple[OutputScalar, ...] = ()
    inputs: list[str] = []
    started, over = 0, True
    with contextlib.suppress(GuildError, OSError):
        patterns, process = run.record().output_scalars, run.process()
        inputs = [row.path.rstrip("/") for row in run.inputs()]
        started, over = process.started if process else 0, store.status(run).over
    places = without_inputs(event_files(run.files), inputs, started)
    sources: list[Source] = [Events(run.files, place) for place in places]
    if (place := file_in(run.path, "stats")) is not None:
        sources.append(Statistics(run.path, place))
    if patterns and (place := file_in(run.path, "output")) is not None:
        sources.append(Printed(run.path, place, patterns, over))
    sources += _printed_in(store.inside(run), run)
    return sources, over


def _printed_in(inside: Runs, run: Run) -> Iterator[Source]:
    """Find what the operations printed that went into a run."""
    for one in reversed(inside.all()):
        with contextlib.suppress(GuildError, OSError):
            patterns, over = one.record().output_scalars, inside.status(one).over
            place = file_in(run.path, f"{one.path.relative_to(run.path)}/output")
            if patterns and place is not None:
                yield Printed(run.path, place, patterns, over)


def series_rows(found: RunSeries) -> list[dict[str, Any]]:
    """Give each series as plain values, without its points."""
    return [
        {
            "key": key,
            "count": known.count,
            "step": known.step,
            "time": in_iso(known.time),
            "value": known.value if math.isfinite(known.value) else None,
            "text": formatted(known.value, ""),
        }
        for key, known in found.latest.items()
    ]


def latest_of(store: Runs, runs: Iterable[Summary], pattern: str) -> dict[str, dict[str, Latest]]:
    """Say for many runs what is known of some keys.

    What is known of runs that are over is kept in ``cache/series.sqlite``, so that they need not be looked at again.

    Args:
        store: The runs.
        runs: Some of them.
        pattern: A regular expression for whole keys.

    Returns:
        By name of the run's folder, the keys that match; runs without such a key have an empty mapping.

    Raises:
        UsageFault: It is no regular expression.
    """
    index = open_index(store)
    found = {run.name: latest_in(index, store, run)(pattern) for run in runs}
    index.save()
    return found
