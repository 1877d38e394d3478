"""Attributes of a field or a series, from either dialect -> `Field`, `Series`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from guildpkg.core.project.parts import Field, Series
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Where
from guildpkg.project.notes import Notes

REDUCES = ("last", "average", "last_5_average", "steps", "duration", "steps0")
FIELD_KEYS = (
    *("name", "label", "caption", "title", "source", "sources", "attribute"),
    *("reduce", "format", "unit", "icon", "color"),
)
SERIES_KEYS = ("name", "title", "label", "source", "format", "colclass", "wide")
_PLACES = ("flags", "attrs", "/model/stats")


def make_field(name: str, attrs: Mapping[str, str], where: Where, notes: Notes) -> Field:
    """Make a field of its attributes; what is wrong with them is noted."""
    of = f"the field {name}"
    sources = tuple((attrs.get("sources") or attrs.get("source", "")).replace(",", " ").split())
    if not sources:
        notes.warn(where, f"{of} has no source", "write source = series/KEY, flags or attrs")
    for source in sources:
        _check_source(source, of, where, notes, places=_PLACES)
    reduce = attrs.get("reduce", "")
    if reduce and reduce not in REDUCES:
        notes.fault(where, f"reduce of {of} is {reduce!r}, which is not known", did_you_mean(reduce, REDUCES))
    _check_format(attrs.get("format", ""), of, where, notes)
    return Field(
        name=name,
        label=attrs.get("label") or attrs.get("caption") or attrs.get("title", ""),
        sources=sources,
        attribute=attrs.get("attribute", ""),
        reduce=reduce,
        format=attrs.get("format", ""),
        unit=attrs.get("unit", ""),
        icon=attrs.get("icon", ""),
        color=attrs.get("color") or "grey",
        where=where,
    )


def make_series(name: str, attrs: Mapping[str, str], where: Where, notes: Notes) -> Series:
    """Make a series of its attributes; what is wrong with them is noted."""
    of = f"the series {name}"
    source = attrs.get("source", "").strip()
    if not source:
        notes.warn(where, f"{of} has no source", "write source = series/KEY")
    else:
        _check_source(source, of, where, notes, places=())
    _check_format(attrs.get("format", ""), of, where, notes)
    wide = attrs.get("wide", "yes").lower() not in ("no", "false", "off")
    return Series(name, attrs.get("title", ""), attrs.get("label", ""), source, attrs.get("format", ""), wide, where)


def _check_format(pattern: str, of: str, where: Where, notes: Notes) -> None:
    """Note a format that writes nothing: numbers are shown as without one."""
    if not pattern:
        return
    # what reads formats costs more than reading a project does, and few of them have one
    from guildpkg.core.series.numerals import is_format

    if not is_format(pattern):
        notes.warn(
            where, f"format of {of} is {pattern!r}, which writes no number", "write it like 0.00%, 0,0 or 00:00:00"
        )


def _check_source(source: str, of: str, where: Where, notes: Notes, *, places: tuple[str, ...]) -> None:
    if source in places:
        return
    if not source.startswith("series/"):
        known = " or ".join(("series/KEY", *places[:2]))
        notes.fault(where, f"source of {of} is {source!r}, which is not {known}")
        return
    try:
        re.compile(source.removeprefix("series/"))
    except (re.error, OverflowError, RecursionError) as error:
        notes.fault(where, f"source of {of} is no regular expression: {error}")
