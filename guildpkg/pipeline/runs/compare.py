"""Several runs side by side: one row a run, one column a value."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from guildpkg.core.project.model import Project
from guildpkg.core.runs.compare import Column, column_at, core_columns, natural, order, read_columns
from guildpkg.core.runs.compare_points import reduced_points
from guildpkg.core.runs.filter import TIMES, Value, written
from guildpkg.core.series.fields import view_of
from guildpkg.core.series.keys import find_key
from guildpkg.core.series.points import newest
from guildpkg.errors import Exists
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.chosen import values_of
from guildpkg.pipeline.runs.fields import field_values
from guildpkg.pipeline.runs.series_index import open_index
from guildpkg.pipeline.runs.times import in_iso, in_words
from guildpkg.pipeline.runs.values import Values
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_summary import Summary
from guildpkg.system.disk import write_atomically

STATISTICS = ("op/", "sys/")
"""What keys of scalars begin with that come from watching the machine; a comparison shows them when asked."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs side by side.

    Attributes:
        columns: The columns.
        runs: The runs, in the order of the rows.
        rows: The values, a row for each run and in it a value for each column.
    """

    columns: tuple[Column, ...]
    runs: tuple[Summary, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a comparison.

    Attributes:
        columns: Columns behind the first ones, instead of the project's and of all flags and scalars.
        only: These columns and no others.
        smallest: Column whose smallest value comes first.
        largest: Column whose largest value comes first.
        top: How many rows at most; 0 for all.
    """

    columns: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    smallest: str = ""
    largest: str = ""
    top: int = 0


def compare(
    store: Runs, runs: Sequence[Summary], project: Project | None, asked: Asked, *, trashed: Collection[str] = ()
) -> Comparison:
    """Put runs side by side.

    Args:
        store: Where they are.
        runs: The runs.
        project: The project whose columns are taken; None for none.
        asked: What is wanted.
        trashed: Ids of those that lie in the trash.

    Raises:
        UsageFault: A column is none, or one to sort by is not there.
    """
    index = open_index(store)
    found = [values_of(store, run, trashed=run.id in trashed, index=index) for run in runs]
    columns = columns_of(found, project, asked)
    rows = [tuple(value_of(values, column, project) for column in columns) for values in found]
    index.save()
    places = list(range(len(rows)))
    if by := asked.smallest or asked.largest:
        at = column_at(columns, by)
        places = order([row[at] for row in rows], largest=bool(asked.largest))
    places = places[: asked.top or None]
    return Comparison(columns, tuple(runs[at] for at in places), tuple(rows[at] for at in places))


def columns_of(runs: Sequence[Values], project: Project | None, asked: Asked) -> tuple[Column, ...]:
    """Choose the columns: those asked for, else those of the project, else all flags and scalars."""
    if asked.only:
        return (Column("attr", "run"), *(c for c in read_columns(asked.only) if (c.kind, c.name) != ("attr", "run")))
    more = read_columns(asked.columns) or project_columns(runs, project)
    more = more or (*_all("flag", (v.flags for v in runs)), *_all("scalar", (v.scalars for v in runs)))
    return tuple(dict.fromkeys((*core_columns(), *more)))


def project_columns(runs: Sequence[Values], project: Project | None) -> tuple[Column, ...]:
    """Give the columns that a project names for the operations of these runs, or the fields that its view compares."""
    found: list[Column] = []
    for operation in dict.fromkeys(values.summary.operation for values in runs) if project else ():
        assert project is not None
        model, _, name = operation.rpartition(":")
        known = project.model(model.removeprefix("./"))
        defined = known.operation(name) if known else None
        view = view_of(project, operation)
        labels = {field.name: field.label or field.name for field in project.fields}
        fields = [
            Column("field", name, label=labels[name]) for name in (view.compare if view else ()) if name in labels
        ]
        found += read_columns(defined.compare) if defined and defined.compare else fields
    return tuple(dict.fromkeys(found))


def _all(kind: str, names: Iterable[Iterable[str]]) -> list[Column]:
    known = {name for some in names for name in some if not name.startswith(STATISTICS)}
    return [Column(kind, name) for name in sorted(known, key=natural)]


def value_of(values: Values, column: Column, project: Project | None = None) -> Value:
    """Give what stands in a column for a run.

    Args:
        values: The run.
        column: The column.
        project: The project that columns of the kind ``field`` are of.
    """
    if column.kind == "attr" and column.name == "status":
        return str(values.summary.status)
    if column.kind == "field":
        fields = [field for field in project.fields if field.name == column.name] if project else []
        return (
            field_values(values.store, values.run, project, values.series, fields)[0].value
            if project and fields
            else None
        )
    if column.kind != "scalar":
        value = values.look(column.kind or "flag", column.name)
        return values.scalar(column.name) if value is None and not column.kind else value
    key = find_key(column.name, values.scalars)
    return _reduced(values, key, column) if key else None


def _reduced(values: Values, key: str, column: Column) -> float | None:
    """Make one number of a scalar."""
    known = values.scalars[key]
    if column.reduce == "last":
        return known.step if column.step else known.value
    if column.reduce == "count":
        return known.count
    if column.reduce == "first" and column.step:
        return known.first_step
    assert values.series is not None
    return reduced_points(newest(values.series.points(key)), column.reduce, step=column.step)


def cell(column: Column, value: Value) -> str:
    """Write a value for people."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    if column.kind == "attr" and isinstance(value, int | float):
        if column.name in TIMES:
            return in_words(int(value))
        if column.name == "duration":
            return f"{int(value) // 3600}:{int(value) // 60 % 60:02}:{int(value) % 60:02}"
    return f"{value:.6g}" if isinstance(value, float) else written(value)


def plain(column: Column, value: Value) -> Any:
    """Give a value for programs: times in RFC 3339, numbers as they are, but ``nan`` and ``inf`` as text."""
    if column.kind == "attr" and column.name in TIMES and isinstance(value, int):
        return in_iso(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def write_table(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a comparison to a file, all at once; with *force* in place of one that is there.

    Raises:
        Exists: There is a file of that name.
        GuildError: The place cannot be written to.
    """
    if path.is_file() and not force:
        raise Exists(f"{path.name} is there already", hint="name another file, or replace it with --force")
    write_atomically(path, data)
