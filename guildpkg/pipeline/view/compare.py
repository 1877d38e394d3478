"""Runs side by side, and in what two of them differ, for the view: the comparisons that the commands make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from guildpkg.core.project.model import Project
from guildpkg.core.runs.compare import Column
from guildpkg.core.view_data import Row
from guildpkg.pipeline.runs.compare import Asked, cell, compare, plain
from guildpkg.pipeline.runs.diff import diff
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary

_GROUPS: Final = {"attr": "run", "flag": "flags", "scalar": "scalars", "": "project"}
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


def comparison(store: Runs, runs: Sequence[Summary], rows: Sequence[Row], project: Project | None) -> Row:
    """Lay runs side by side.

    Args:
        store: Where they are.
        runs: The runs.
        rows: What a listing shows of each.
        project: Whose columns are shown.
    """
    found = compare(store, runs, project, Asked())
    places = [at for at, column in enumerate(found.columns) if not (column.kind == "attr" and column.name in _OWN)]
    columns = [_column(found.columns[at]) for at in places]
    cells = [
        {columns[place]["id"]: _cell(found.columns[at], values[at]) for place, at in enumerate(places)}
        for values in found.rows
    ]
    return {"columns": columns, "rows": [{"run": row, "cells": of} for row, of in zip(rows, cells, strict=True)]}


def _column(column: Column) -> Row:
    return {"id": f"{column.kind}:{column.name}", "label": column.name, "group": _GROUPS.get(column.kind, column.kind)}


def _cell(column: Column, value: Any) -> Row:
    told = plain(column, value)
    return {"text": cell(column, value), "value": " ".join(told) if isinstance(told, list) else told}


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
