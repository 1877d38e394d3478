"""The fields and charts of a project, filled in for a run: the command line, comparisons and the view show the same.

::

    field_values(store, run, project)  # [FieldValue]: name, label, value, text, unit, icon, color, key
    chart_lines(found, chart, most=1000)  # {key: Series} of a chart, thinned to so many points a line
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from guildpkg.core.project.model import Field, Project
from guildpkg.core.project.model import Series as Chart
from guildpkg.core.series.fields import FieldValue, Plain, field_value, pattern_of, picked, reduced, shown_fields
from guildpkg.core.series.keys import matching
from guildpkg.core.series.points import Series
from guildpkg.core.series.thin import thinned
from guildpkg.errors import NoProject
from guildpkg.pipeline.project.here import find_project
from guildpkg.pipeline.runs.attrs import attrs_of
from guildpkg.pipeline.runs.series import RunSeries, series_of
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run


def field_values(
    store: Runs, run: Run, project: Project, found: RunSeries | None = None, fields: Iterable[Field] | None = None
) -> list[FieldValue]:
    """Fill in the fields of a project for a run.

    Args:
        store: The runs.
        run: One of them.
        project: Its project.
        found: The series of the run, if they have been read already.
        fields: Which fields; None for those that its view shows, in order.

    Returns:
        A value for each field; one that the run has nothing for has the value None.

    Raises:
        GuildError: The record of the run is damaged.
    """
    record = run.record()
    wanted = shown_fields(project, record.operation) if fields is None else tuple(fields)
    series = found or series_of(store, run)
    places: dict[str, dict[str, Plain]] = {"flags": {row.name: row.value for row in record.flags}}
    if any("attrs" in field.sources for field in wanted):
        places["attrs"] = {**attrs_of(store, run)}
    return [_filled(field, series, places) for field in wanted]


def _filled(field: Field, series: RunSeries, places: dict[str, dict[str, Plain]]) -> FieldValue:
    for source in field.sources:
        if pattern := pattern_of(source):
            # of several keys the first one that gives a value
            for key in matching(pattern, series.latest):
                value = reduced(field.reduce, series.latest[key], partial(series.points, key))
                if value is not None:
                    return field_value(field, value, key)
        elif source in places:
            name, plain = picked(places[source], field.attribute or field.name)
            if plain is not None:
                return field_value(field, plain, name)
    return field_value(field, None)


def field_rows(values: Iterable[FieldValue]) -> list[dict[str, Any]]:
    """Give fields as plain values; a number that is none of JSON is null, its text says which."""
    rows = [asdict(value) for value in values]
    for row in rows:
        if isinstance(row["value"], float) and not math.isfinite(row["value"]):
            row["value"] = None
    return rows


def project_for(run: Run, here: Project | None) -> Project:
    """Choose the project whose fields are shown: that where the user stands, else the one that the run was made in.

    Raises:
        NoProject: There is neither.
        ProjectError: Its file is not sound.
    """
    if here is not None:
        return here
    folder = run.record().project
    found = find_project(Path(folder)) if folder and Path(folder).is_dir() else None
    if found is None:
        raise NoProject(
            f"the project of run {run.short} is not there", hint="fields are written in a project file: name it with -P"
        )
    return found


def chart_lines(found: RunSeries, chart: Chart, most: int = 1000) -> dict[str, Series]:
    """Read the lines of a chart.

    Args:
        found: The series of a run.
        chart: The chart.
        most: Points of a line at most.

    Returns:
        A series for each key that the chart's source matches; none for a chart without one.
    """
    pattern = pattern_of(chart.source)
    return {key: thinned(series, most) for key, series in found.read(pattern).items()} if pattern else {}
