"""``Guild`` text -> sections with ``@attrs`` resolved: one mapping of attributes per section, in the order of the file.

``@attrs`` lays the attributes of the nearest section before it that has this type and these names, first of the same
file, then of the built-in templates. What is written behind it wins over them, they win over what is written before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from guildpkg.core import ini
from guildpkg.core.project.overlay import lay
from guildpkg.errors import Where
from guildpkg.lean import dataclass
from guildpkg.project.notes import Notes

TYPES: dict[str, tuple[int, int]] = {
    "project": (0, 0),
    "model": (0, 1),
    "flags": (0, 1),
    "output-scalars": (0, 1),
    "resource": (1, 1),
    "view": (0, 1),
    "field": (1, 1),
    "series": (1, 1),
    "template": (1, 1),
    "var": (1, 1),
    "package": (0, 0),
    "references": (0, 0),
}
"""Section types of a ``Guild`` file, with the least and the greatest number of names."""


@dataclass(frozen=True, slots=True)
class Attrs:
    """A section with everything laid in; *lines* says where each attribute is written."""

    type: str
    name: str
    values: Mapping[str, ini.Attr]
    places: Mapping[str, Where]
    where: Where

    def get(self, key: str) -> str:
        """Give a value with its white space squeezed; empty when there is none."""
        attr = self.values.get(key)
        return "" if attr is None else attr.squeezed

    def at(self, key: str) -> Where:
        """Give the place of an attribute, or of the section."""
        return self.places.get(key, self.where)

    @property
    def texts(self) -> dict[str, str]:
        """The values with their white space squeezed."""
        return {key: attr.squeezed for key, attr in self.values.items()}


def read_sections(text: str, file: str, notes: Notes) -> tuple[Attrs, ...]:
    """Read the sections of a project file.

    Args:
        text: Content of the file.
        file: Its name as the user knows it.
        notes: Told what is wrong and what is odd.
    """
    parsed = ini.parse(text, file)
    for fault in parsed.faults:
        notes.fault(fault.where, fault.message, fault.hint)
    found: list[Attrs] = []
    before = {(attrs.type, attrs.name): attrs for attrs in _builtin()}
    for section in parsed.sections:
        if section.type:
            _check_names(section, file, notes)
            found.append(_resolved(section, file, before, notes))
            before[section.type, section.name] = found[-1]
    return _merged(found, notes)


def builtin_templates() -> dict[str, dict[str, str]]:
    """Give the attributes of the templates that every project may name."""
    return {attrs.name: attrs.texts for attrs in _builtin()}


@cache
def _builtin() -> tuple[Attrs, ...]:
    text = (Path(__file__).parent / "templates" / "builtin.ini").read_text(encoding="utf-8")
    found: dict[tuple[str, str], Attrs] = {}
    for section in ini.parse(text, "built-in").sections:
        found[section.type, section.name] = _resolved(section, "built-in", found, Notes())
    return tuple(found.values())


def _check_names(section: ini.Section, file: str, notes: Notes) -> None:
    where = Where(file, section.line)
    if section.type not in TYPES:
        notes.warn(where, f"unknown section {section.title}", notes.guess(section.type, TYPES))
        return
    least, most = TYPES[section.type]
    if not least <= len(section.names) <= most:
        shape = f'[{section.type} "NAME"]' if least else f"[{section.type}]"
        notes.fault(where, f"{section.title} should be {shape}")
    elif least and not section.name:
        notes.fault(where, f"{section.title} has an empty name")


def _resolved(section: ini.Section, file: str, before: Mapping[tuple[str, str], Attrs], notes: Notes) -> Attrs:
    """Lay the attributes of a section and of what its ``@attrs`` name; *before* has the nearest of each name."""
    layers: list[Mapping[str, ini.Attr]] = []
    places: list[Mapping[str, Where]] = []
    written: dict[str, int] = {}
    for item in section.items:
        where = Where(file, item.line)
        if isinstance(item, ini.Attr):
            if item.name in written:
                first = f"the first is on line {written[item.name]}"
                notes.warn(where, f"{item.name} is set twice, and the last counts", first)
            written[item.name] = item.line
            layers.append({item.name: item})
            places.append({item.name: where})
            continue
        named = before.get((item.type, item.names[0] if item.names else ""))
        if named is None:
            _miss(item, where, before, notes)
            continue
        notes.spend(len(named.values), where)
        layers.append(named.values)
        places.append(named.places)
    return Attrs(section.type, section.name, lay(*layers), lay(*places), Where(file, section.line))


def _miss(wanted: ini.Directive, where: Where, before: Mapping[tuple[str, str], Attrs], notes: Notes) -> None:
    title = ini.Section(wanted.type, wanted.names, wanted.line).title
    known = [name for kind, name in before if kind == wanted.type]
    hint = notes.guess(wanted.names[0], known) if wanted.names and known else ""
    notes.warn(where, f"@attrs names {title}, and no such section stands before it", hint)


def _merged(found: Sequence[Attrs], notes: Notes) -> tuple[Attrs, ...]:
    """Lay sections of the same type and name over one another, at the place of the first."""
    same: dict[tuple[str, str], list[Attrs]] = {}
    for attrs in found:
        group = same.setdefault((attrs.type, attrs.name), [])
        group.append(attrs)
        if len(group) > 1:
            title = ini.Section(attrs.type, (attrs.name,) if attrs.name else (), 0).title
            notes.warn(
                attrs.where, f"{title} is there twice", f"both count; the first is on line {group[0].where.line}"
            )
    return tuple(
        replace(group[0], values=lay(*(a.values for a in group)), places=lay(*(a.places for a in group)))
        for group in same.values()
    )
