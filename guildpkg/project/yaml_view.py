"""``view:`` of ``guild.yml``: the same fields, series and columns as the sections of ``Guild``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from guildpkg.core.project.overlay import lay
from guildpkg.core.project.parts import Field, Series, View
from guildpkg.core.project.tree import Table, Text
from guildpkg.core.words import did_you_mean
from guildpkg.lean import dataclass
from guildpkg.project import tables
from guildpkg.project.keys import Keys, kind_of
from guildpkg.project.notes import Notes
from guildpkg.project.views import make_field, make_series

_Made = TypeVar("_Made", Field, Series)


@dataclass(frozen=True, slots=True)
class Shown:
    """A view with what it defines."""

    view: View
    fields: tuple[Field, ...]
    series: tuple[Series, ...]


def read_view(name: str, table: Table, templates: Mapping[str, Mapping[str, str]], notes: Notes) -> Shown:
    """Read a view.

    Args:
        name: Its name: that of its model, or empty for the project's.
        table: ``fields``, ``series`` and ``compare``; the first two are names, or definitions by name.
        templates: Attributes of each template, for ``extends``.
        notes: Told what is wrong.
    """
    keys = Keys(table, f"the view {name}" if name else "the view", notes)
    keys.check(tables.VIEW)
    field_names, fields = _defined(keys, "fields", tables.FIELD, templates, make_field)
    series_names, series = _defined(keys, "series", tables.SERIES, templates, make_series)
    view = View(name, field_names, series_names, keys.words("compare"), table.where)
    return Shown(view, fields, series)


def _defined(
    keys: Keys,
    key: str,
    known: tuple[str, ...],
    templates: Mapping[str, Mapping[str, str]],
    make: Callable[..., _Made],
) -> tuple[tuple[str, ...], tuple[_Made, ...]]:
    if not isinstance(keys.table.get(key), Table):
        return keys.words(key), ()
    made: list[_Made] = []
    table = keys.table_of(key)
    for name, node in table.entries.items():
        where = table.at(name)
        if isinstance(node, Text) and not node.empty:
            node = Table({"source": node}, where, {"source": where})  # noqa: PLW2901 - the long form
        if not isinstance(node, Table):
            keys.notes.fault(where, f"{name} in {key} of {keys.of} is a table, not {kind_of(node)}")
            continue
        inner = Keys(node, f"{name} in {key} of {keys.of}", keys.notes)
        inner.check(known)
        attrs = {attr: " ".join(inner.words(attr)) for attr in node.entries if attr != "extends"}
        made.append(make(name, lay(*_below(inner, templates), attrs), where, keys.notes))
    return tuple(table.entries), tuple(made)


def _below(keys: Keys, templates: Mapping[str, Mapping[str, str]]) -> list[Mapping[str, str]]:
    found = []
    for node in keys.texts("extends"):
        if node.text in templates:
            found.append(templates[node.text])
        else:
            keys.notes.fault(node.where, f"there is no template {node.text!r}", did_you_mean(node.text, [*templates]))
    return found
