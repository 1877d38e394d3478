"""What a field of a project shows: one number of a series, or one flag or attribute, written as its format says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from guildpkg.core.project.model import Field, Project, View
from guildpkg.core.project.model import Series as Chart
from guildpkg.core.series.numerals import formatted
from guildpkg.core.series.points import Latest, Series, newest
from guildpkg.lean import dataclass

MISSING: Final = "--"
"""What stands where there is no value."""
_SERIES: Final = "series/"
_AVERAGES: Final = {"average": 0, "last_5_average": 5}
_NANO: Final = 10**9

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field with its value for a run.

    Attributes:
        name: The field's name.
        label: What it is called; its name when it has no label.
        value: The number or text; None when the run has none.
        text: The value as it is shown, `MISSING` for none.
        unit: What it is measured in.
        icon: Name of an icon.
        color: Name of a colour.
        key: The key that the value came from; for a flag or an attribute its name, empty for none.
    """

    name: str
    label: str
    value: Plain
    text: str
    unit: str = ""
    icon: str = ""
    color: str = ""
    key: str = ""


def pattern_of(source: str) -> str:
    """Give the regular expression of a source ``series/PATTERN``; empty for any other source."""
    return source.removeprefix(_SERIES) if source.startswith(_SERIES) else ""


def reduced(how: str, known: Latest, points: Callable[[], Series]) -> float | None:
    """Make one number of a series.

    Args:
        how: ``last`` (also when empty), ``average``, ``last_5_average``, ``steps`` (from the first step to the last),
            ``duration`` (seconds from the first point to the last) or ``steps0`` (steps counted from zero).
        known: The series without its points.
        points: Reads them; called only when they are needed. Averages leave out what was done over and what is no
            number.

    Returns:
        The number; None for an average of nothing.
    """
    if how == "steps":
        return known.step - known.first_step
    if how == "steps0":
        return known.step
    if how == "duration":
        return (known.time - known.first_time) / _NANO
    if how not in _AVERAGES:
        return known.value
    import numpy as np

    values = newest(points()).values
    values = values[~np.isnan(values)][-_AVERAGES[how] :]
    return float(values.mean()) if len(values) else None


def field_value(field: Field, value: Plain, key: str = "") -> FieldValue:
    """Write a field's value; text and what has no format is written as it is."""
    if value is None:
        text = MISSING
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int | float):
        text = str(value) if isinstance(value, int) and not field.format else formatted(value, field.format)
    else:
        text = value
    return FieldValue(field.name, field.label or field.name, value, text, field.unit, field.icon, field.color, key)


def picked(values: Mapping[str, Plain], attribute: str) -> tuple[str, Plain]:
    """Pick a flag or an attribute; ``-`` and ``_`` in its name are the same unless both are there."""
    if attribute in values:
        return attribute, values[attribute]
    alike = (name for name in values if name.replace("-", "_") == attribute.replace("-", "_"))
    name = next(alike, "")
    return name, values.get(name)


def shown_fields(project: Project, operation: str) -> tuple[Field, ...]:
    """Give the fields to show for a run of an operation (``MODEL:OP``): those of its view, else all of the project."""
    view = view_of(project, operation)
    by_name = {field.name: field for field in project.fields}
    return tuple(by_name[name] for name in view.fields if name in by_name) if view and view.fields else project.fields


def shown_charts(project: Project, operation: str) -> tuple[Chart, ...]:
    """Give the series to show for a run of an operation: those of its view, else all of the project."""
    view = view_of(project, operation)
    by_name = {chart.name: chart for chart in project.series}
    return tuple(by_name[name] for name in view.series if name in by_name) if view and view.series else project.series


def view_of(project: Project, operation: str) -> View | None:
    """Find the view for an operation: that of its model, else the project's; None when there is neither."""
    name = operation.rpartition(":")[0].removeprefix("./")
    model = project.model(name)
    by_name = {view.name: view for view in project.views}
    return by_name.get(model.view if model and model.view else name) or by_name.get("")
