"""Lists and ranges among the values of flags -> the trials of a batch.

``lr=[0.1, 0.01]`` is a list; ``x=0..1:5`` are five values from 0 to 1 with the same distance; ``n=1..4`` are the whole
numbers from 1 to 4. Every combination of all of them is a trial, the last flag changing fastest; with rows (of a file)
all of that for each row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from guildpkg.core.project.flag_types import BadValue, list_items
from guildpkg.core.project.flags import Laid, Layers
from guildpkg.core.project.model import Flag
from guildpkg.core.project.values import raw_of
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Fault, FlagError, Where

MOST: Final = 10_000
"""Trials of one batch."""
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE: Final = re.compile(rf"\s*({_NUMBER})\.\.({_NUMBER})(?::(\d+))?\s*")
_TEXTS: Final = ("string", "path", "existing-path", "filename")


def trials(layers: Layers, rows: Sequence[Mapping[str, str]] = (), *, syntax: str = "yaml") -> tuple[Layers, ...]:
    """Write out the trials of a batch.

    Args:
        layers: The flags with the text that counts for each.
        rows: Flags of each row of a file, by name; they lie above all others.
        syntax: ``ini`` or ``yaml``: in the first only what is typed can be a list.

    Returns:
        The flags of each trial; one, as it came, when nothing makes it a batch.

    Raises:
        FlagError: There are too many, a range makes no sense, or a row names what is no flag.
    """
    faults: list[Fault] = []
    laid = [_with_row(layers, row, number, faults) for number, row in enumerate(rows, 1)] or [layers]
    found: list[Layers] = []
    for item in laid:
        values = [_values(flag, syntax, faults) for flag in item.flags]
        count = 1
        for choices in values:
            count *= len(choices)
        if len(found) + count > MOST:
            where = item.flags[0].flag.where
            raise FlagError([Fault(where, f"that makes more than {MOST:,} trials", "leave out some values")])
        found += [replace(item, flags=flags) for flags in itertools.product(*values)]
    if faults:
        raise FlagError([*layers.faults, *faults])
    return tuple(found)


def _with_row(layers: Layers, row: Mapping[str, str], number: int, faults: list[Fault]) -> Layers:
    names = {item.flag.name: item.flag.name for item in layers.flags}
    names = {**{item.flag.alias: item.flag.name for item in layers.flags if item.flag.alias}, **names}
    given = {names[name]: raw for name, raw in row.items() if name in names}
    known = [item.flag.name for item in layers.flags]
    where = layers.flags[0].flag.where if layers.flags else Where("")
    for name in row:
        if name not in names:
            faults.append(Fault(where, f"row {number} names {name}, which is no flag", did_you_mean(name, known)))
    flags = (
        replace(item, raw=given[item.flag.name], layer="cmdline", own=False) if item.flag.name in given else item
        for item in layers.flags
    )
    return replace(layers, flags=tuple(flags))


def _values(item: Laid, syntax: str, faults: list[Fault]) -> list[Laid]:
    typed = item.layer == "cmdline" or (item.layer == "profile" and syntax != "ini")
    if item.single or (not typed and not (item.own and isinstance(item.flag.default, tuple))):
        return [item]
    try:
        listed = _listed(item.flag, item.raw)
    except BadValue as error:
        faults.append(Fault(item.flag.where, f"flag {item.flag.name}: {error}", error.hint))
        return [item]
    if listed is None:
        return [item]
    if not listed:
        faults.append(Fault(item.flag.where, f"flag {item.flag.name}: the list is empty"))
        return [item]
    return [replace(item, raw=raw, own=False) for raw in listed]


def _listed(flag: Flag, raw: str | None) -> list[str] | None:
    """Give the texts that a list or a range stands for; None when the text is one value."""
    if raw is None or flag.arg_split:
        return None
    if (items := list_items(raw)) is not None:
        return items
    found = _RANGE.fullmatch(raw) if flag.type not in _TEXTS else None
    return list(_points(flag, *found.groups())) if found else None


def _points(flag: Flag, first: str, last: str, count: str | None) -> Iterator[str]:
    """Write the values of a range; whole numbers as long as nothing asks for others."""
    whole = flag.type != "float" and not set(first + last) & set(".eE")
    low, high = (int(first), int(last)) if whole else (float(first), float(last))
    if count is None and not whole:
        raise BadValue(f"{first}..{last} does not say how many values", f"write {first}..{last}:COUNT")
    number = abs(int(high - low)) + 1 if count is None else int(count)
    if not 1 <= number <= MOST:
        raise BadValue(f"{first}..{last} stands for {number:,} values", f"write {first}..{last}:COUNT")
    step = (high - low) / (number - 1) if number > 1 else 0.0
    for place in range(number):
        # 12 digits: what is far from the ends shows no trace of binary fractions
        value = high if place == number - 1 and number > 1 else low + place * step
        even = whole and float(step).is_integer()
        yield raw_of(int(value) if even else float(f"{value:.12g}"))
