"""Runs side by side, and in what two of them differ, for the view: the comparisons that the commands make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from guildpkg.core.project.model import Project
from guildpkg.core.runs.compare import Column, core_columns
from guildpkg.core.series.fields import FieldValue
from guildpkg.core.view_data import Row
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.compare import Asked, cell, compare, plain
from guildpkg.pipeline.runs.diff import diff
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary

_GROUPS: Final = {"attr": "run", "flag": "flags", "scalar": "scalars", "field": "fields", "": "project"}
_TITLES: Final = {
    "flags": "Flags",
    "attrs": "Attributes",
    "packages": "Packages",
    "vcs": "Version control",
    "resources": "Resources",
    "source": "Source code",
}
_OWN: Final = ("run",)
"""Columns that the table has anyway."""


@dataclass(frozen=True, slots=True)
class Side:
    """A run of a comparison.

    Attributes:
        summary: The run.
        row: What a listing shows of it; it says whether the run lies in the trash.
        fields: The fields of its project, as its page shows them.
    """

    summary: Summary
    row: Row
    fields: Sequence[FieldValue]


def comparison(store: Runs, sides: Sequence[Side], project: Project | None) -> Row:
    """Lay runs side by side.

    Args:
        store: Where they are.
        sides: The runs.
        project: Whose columns are shown.
    """
    trashed = [side.summary.id for side in sides if side.row["deleted"]]
    found = compare(store, [side.summary for side in sides], project, Asked(), trashed=trashed)
    columns = _columns(found.columns, sides)
    rows = [
        {"run": side.row, "cells": {_id(column): _cell_of(column, known, side.fields) for column in columns}}
        for side, known in zip(sides, (dict(zip(found.columns, row, strict=True)) for row in found.rows), strict=True)
    ]
    return {"columns": [_column(column) for column in columns], "rows": rows}


def _columns(columns: Sequence[Column], sides: Sequence[Side]) -> list[Column]:
    """Put all fields behind the first columns, unless the project names those that it compares."""
    shown = [column for column in columns if not (column.kind == "attr" and column.name in _OWN)]
    if any(column.kind == "field" for column in shown):
        return shown
    labels = {field.name: field.label for side in reversed(sides) for field in side.fields}
    names = dict.fromkeys(field.name for side in sides for field in side.fields)
    first = [column for column in shown if column in core_columns()]
    fields = [Column("field", name, label=labels[name]) for name in names]
    return [*first, *fields, *(column for column in shown if column not in first)]


def _id(column: Column) -> str:
    return f"{column.kind}:{column.name if column.kind in ('attr', 'field') else column.head}"


def _column(column: Column) -> Row:
    return {"id": _id(column), "label": column.head, "group": _GROUPS.get(column.kind, column.kind)}


def _cell_of(column: Column, known: Mapping[Column, Any], fields: Sequence[FieldValue]) -> Row:
    if column.kind != "field":
        value = known[column]
        told = plain(column, value)
        return {"text": cell(column, value), "value": " ".join(told) if isinstance(told, list) else told}
    field = next((field for field in fields if field.name == column.name), None)
    if field is None or field.value is None:
        return {"text": "", "value": None}
    odd = isinstance(field.value, float) and not math.isfinite(field.value)
    return {"text": f"{field.text} {field.unit}".strip(), "value": str(field.value) if odd else field.value}


def difference(old: Run, new: Run) -> Row:
    """Say in what two runs differ."""
    return {
        "groups": [
            {
                "title": _TITLES.get(section.name, section.name),
                "rows": [
                    {"name": name, "one": _said(pair[0]), "other": _said(pair[1])}
                    for name, pair in section.pairs.items()
                ],
                "text": section.text,
            }
            for section in diff(old, new)
            if not section.is_empty
        ]
    }


def _said(value: object) -> str | None:
    if value is None:
        return None
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
