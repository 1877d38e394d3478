"""The charts of a run: which there are, which keys each shows, and the points of a line, thinned out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

from guildpkg.core.project.model import Project
from guildpkg.core.project.model import Series as Chart
from guildpkg.core.series.fields import pattern_of, shown_charts
from guildpkg.core.series.keys import EVENTS, OUTPUT, matching
from guildpkg.core.series.points import Series, joined, newest, pauses, restarts
from guildpkg.core.series.thin import thinned
from guildpkg.core.view_data import Row, Span

if TYPE_CHECKING:
    from guildpkg.pipeline.runs.series import RunSeries

MOST_CHARTS: Final = 200
"""Charts of scalars that no project asked for."""
MOST_STRETCHES: Final = 20
"""Restarts beyond which only what counts in the end is shown."""
_LARGEST: Final = 2**53
"""Whole numbers up to here are exact in a browser."""
STATISTICS: Final = (
    ("Process CPU", "", "0%", "op/cpu/util"),
    ("Process memory", "", "0.0 b", "op/mem/rss"),
    ("GPU", "", "0%", "sys/gpu[^/]*/gpu/util"),
    ("GPU memory", "", "0.0 b", "sys/gpu[^/]*/mem/used"),
    ("GPU temperature", "°C", "0", "sys/gpu[^/]*/temp"),
    ("GPU power", "W", "0", "sys/gpu[^/]*/powerdraw"),
    ("System CPU", "", "0%", "sys/cpu[^/]*/util"),
    ("System memory", "", "0.0 b", "sys/mem/(used|total)"),
    ("Swap", "", "0.0 b", "sys/swap/used"),
    ("Disk use", "", "0%", "sys/dev[^/]*/util"),
    ("Disk throughput", "kB/s", "0,0", "sys/dev[^/]*/[rw]kbps"),
)
"""Charts of statistics: title, axis, format, keys."""


def chart_rows(found: RunSeries, project: Project | None, operation: str) -> Row:
    """Say which charts there are.

    Args:
        found: The series of the run.
        project: Its project as it is now; None for none.
        operation: ``model:op``, which decides on the view.

    Returns:
        ``charts`` (of the project), ``more`` (scalars in none of them), ``statistics``, and ``problems`` (of the
        run's files).
    """
    charts = [
        _row(
            chart.name,
            chart.title or chart.name,
            chart.label,
            chart.format,
            _keys(chart, found.latest),
            wide=chart.wide,
        )
        for chart in (shown_charts(project, operation) if project else ())
    ]
    shown = {key for chart in charts for key in chart["keys"]}
    rest = [key for key in found.latest if key.startswith((EVENTS, OUTPUT)) and key not in shown]
    statistics = (
        _row(f"stat:{title}", title, label, pattern, matching(keys, found.latest))
        for title, label, pattern, keys in STATISTICS
    )
    return {
        "charts": charts,
        "more": list(_by_tag(rest)),
        "statistics": [row for row in statistics if row["keys"]],
        "problems": [str(problem) for problem in found.problems[:20]],
    }


def _keys(chart: Chart, latest: Mapping[str, Any]) -> list[str]:
    pattern = pattern_of(chart.source)
    return matching(pattern, latest) if pattern else []


def _by_tag(keys: Iterable[str]) -> Iterator[Row]:
    """Put keys that end in the same word into one chart, as train/loss and test/loss belong together."""
    groups: dict[str, list[str]] = {}
    for key in keys:
        groups.setdefault(key.rpartition("/")[2], []).append(key)
    for tag, members in list(groups.items())[:MOST_CHARTS]:
        yield _row(f"tag:{tag}", members[0].partition("/")[2] if len(members) == 1 else tag, "", "", members)


def _row(name: str, title: str, label: str, pattern: str, keys: Sequence[str], *, wide: bool = False) -> Row:
    return {"name": name, "title": title, "label": label, "format": pattern, "wide": wide, "keys": list(keys)}


def line_rows(found: RunSeries, keys: Sequence[str], span: Span) -> list[Row]:
    """Give the points of some keys, in the order of *keys*; those that are not there are left out."""
    return [_line(key, found.points(key), span) for key in dict.fromkeys(keys) if key in found.latest]


def _line(key: str, series: Series, span: Span) -> Row:
    import numpy as np

    again = restarts(series)
    part = _within(series if len(again) <= MOST_STRETCHES else newest(series), span)
    starts = [0, *restarts(part)]
    share = max(4, span.points // len(starts))
    cuts = [thinned(_cut(part, start, end), share) for start, end in pairwise([*starts, len(part)])]
    shown = joined(cuts)
    finite = np.isfinite(shown.values)
    return {
        "key": key,
        "steps": np.clip(shown.steps, -_LARGEST, _LARGEST).tolist(),
        "times": (shown.times / 10**6).round(3).tolist(),
        "values": [value if known else None for value, known in zip(shown.values.tolist(), finite, strict=True)],
        "starts": [0, *accumulate(len(cut) for cut in cuts[:-1])],
        "pauses": [[start / 10**6, end / 10**6] for start, end in pauses(part)],
        "count": len(series),
        "within": len(part),
        "shown": len(shown),
        "restarts": len(again),
    }


def _cut(series: Series, start: int, end: int) -> Series:
    return Series(series.times[start:end], series.steps[start:end], series.values[start:end])


def _within(series: Series, span: Span) -> Series:
    """Take the part of an axis, with one point more at each end so that lines go on to the edge."""
    import numpy as np

    if (span.start is None and span.end is None) or not len(series):
        return series
    axis = series.steps if span.axis == "step" else series.times
    kept = np.ones(len(series), bool)
    if span.start is not None:
        kept &= axis >= span.start
    if span.end is not None:
        kept &= axis <= span.end
    kept[:-1] |= kept[1:].copy()
    kept[1:] |= kept[:-1].copy()
    return Series(series.times[kept], series.steps[kept], series.values[kept])
