"""The series of runs: scalars of event files, statistics, and what was found in the output.

This is what listings, comparisons and the view read::

    found = series_of(store, run)  # brings what is known of the run up to date
    found.latest  # {key: Latest}, sorted by key: count, first and last step and time, value
    found.read(r"tf/.*/loss", "op/mem/rss")  # {key: Series}: the points of every key that a pattern matches as a whole
    found.problems  # what was damaged in the run's files, to be told as warnings
    latest_of(store, runs, r"tf/train/loss")  # {name of the run's folder: {key: Latest}} for many runs at once

A `Series` is three numpy columns: times (nanoseconds), steps, values. `core.series` thins them out and leaves out what
was done over; `core.series_keys` finds the key that a word means (``loss`` for ``tf/train/loss``); `pipeline.fields`
makes the fields of a project of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guildpkg.core.series import Latest, Problem, Series, joined, latest
from guildpkg.core.series_keys import EVENTS, matching
from guildpkg.series.places import event_files, opened
from guildpkg.series.reading import EventFile
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary


@dataclass(frozen=True, slots=True, eq=False)
class RunSeries:
    """The series of one run as they were when they were read.

    Attributes:
        latest: Each key with what is known of it, in the order of the keys.
        problems: What could not be read.
    """

    latest: Mapping[str, Latest]
    problems: tuple[Problem, ...]
    _points: Mapping[str, Series]

    def read(self, *patterns: str) -> dict[str, Series]:
        """Read the points of keys.

        Args:
            patterns: Regular expressions, each for a whole key.

        Returns:
            The series by key: those of the first pattern first, each once.

        Raises:
            UsageFault: One is no regular expression.
        """
        found = (key for pattern in patterns for key in matching(pattern, self.latest))
        return {key: self.points(key) for key in dict.fromkeys(found)}

    def points(self, key: str) -> Series:
        """Read the points of one of the keys."""
        return self._points[key]


def series_of(store: Runs, run: Run) -> RunSeries:  # noqa: ARG001 - its cache is there
    """Read the series of a run.

    Args:
        store: The runs.
        run: One of them.
    """
    parts: dict[str, list[Series]] = {}
    problems: list[Problem] = []
    for place in event_files(run.files)[0]:
        prefix = f"{EVENTS}{place.folder}/" if place.folder else EVENTS
        with opened(run.files, place.path) as file:
            for part in EventFile(file, place.path, 0, place.size).parts():
                problems += part.problems
                for tag, series in part.series.items():
                    parts.setdefault(prefix + tag.decode(errors="replace"), []).append(series)
    points = {key: joined(parts[key]) for key in sorted(parts)}
    return RunSeries({key: latest(series) for key, series in points.items()}, tuple(problems), points)


def latest_of(store: Runs, runs: Iterable[Summary], pattern: str) -> dict[str, dict[str, Latest]]:
    """Say for many runs what is known of some keys.

    Args:
        store: The runs.
        runs: Some of them.
        pattern: A regular expression for whole keys.

    Returns:
        By name of the run's folder, the keys that match; runs without such a key have an empty mapping.

    Raises:
        UsageFault: It is no regular expression.
    """
    found = {}
    for run in runs:
        known = series_of(store, Run(store.folder / run.name)).latest
        found[run.name] = {key: known[key] for key in matching(pattern, known)}
    return found
