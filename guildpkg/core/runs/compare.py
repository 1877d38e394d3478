"""Columns of a comparison of runs: how they are named, and in which order its rows stand.

A column is written as ``NAME``, with a prefix where it is to be of one kind: ``attr:NAME`` (``.NAME``),
``flag:NAME`` (``=NAME``), ``scalar:NAME``; without one a name means what it means in a filter. Of a scalar the last
value is shown, or the ``first``, ``min``, ``max``, ``avg``, ``total`` or ``count`` of it when that word stands before;
``step`` behind it gives the step instead. ``as LABEL`` names the column otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

from guildpkg.core.runs.filter import ATTRS, KINDS, Value
from guildpkg.errors import UsageFault
from guildpkg.lean import dataclass

REDUCTIONS: Final = ("last", "first", "min", "max", "avg", "total", "count")
CORE: Final = ("run", "operation", "started", "time", "status", "label")
"""Columns that every comparison begins with."""
_SIGNS: Final = {"=": "flag", ".": "attr"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        kind: ``attr``, ``flag``, ``scalar`` or ``field``; empty for a flag or else a scalar.
        name: What is shown.
        reduce: One of `REDUCTIONS`, for scalars.
        step: Whether the step is shown and not the value.
        label: Its head; empty for what was written.
    """

    kind: str
    name: str
    reduce: str = "last"
    step: bool = False
    label: str = ""

    @property
    def head(self) -> str:
        """What stands above it."""
        words = ("" if self.reduce == "last" else self.reduce, self.name.removeprefix("tf/"), "step" * self.step)
        return self.label or " ".join(word for word in words if word)


def core_columns() -> tuple[Column, ...]:
    """Give the columns that every comparison begins with."""
    return tuple(Column("attr", {"time": "duration"}.get(name, name), label=name) for name in CORE)


def read_columns(texts: Iterable[str]) -> tuple[Column, ...]:
    """Read columns: each text holds one or several, with commas between them.

    Raises:
        UsageFault: One of them is none.
    """
    return tuple(_column(part.strip()) for text in texts for part in text.split(",") if part.strip())


def _column(text: str) -> Column:
    words = text.split()
    label = ""
    if len(words) > 2 and words[-2] == "as":
        label, words = words[-1], words[:-2]
    step = len(words) > 1 and words[-1] == "step"
    words = words[:-1] if step else words
    reduce = words.pop(0) if len(words) > 1 and words[0] in REDUCTIONS else "last"
    if len(words) != 1:
        hint = f"write [{'|'.join(REDUCTIONS)}] NAME [step] [as LABEL]"
        raise UsageFault(f"{text!r} is no column", hint=hint)
    kind, name = _named(words[0])
    if (step or reduce != "last") and kind in ("", "scalar"):
        kind = "scalar"
    elif step or reduce != "last":
        raise UsageFault(f"{text!r} is no column: only scalars have a {'step' if step else reduce}")
    if not name:
        raise UsageFault(f"{text!r} is no column: a name is missing")
    return Column(kind, name, reduce, step, label)


def _named(word: str) -> tuple[str, str]:
    if word[0] in _SIGNS:
        return _SIGNS[word[0]], word[1:]
    prefix, colon, rest = word.partition(":")
    if colon and prefix in KINDS:
        return prefix, rest
    if word == "time":
        return "attr", "duration"
    return ("attr" if word in ATTRS else ""), word


def column_at(columns: Sequence[Column], text: str) -> int:
    """Find a column by its head or its name.

    Raises:
        UsageFault: There is none.
    """
    names = [(column.head, column.name, column.name.rpartition("/")[2]) for column in columns]
    for kind in range(3):
        for index, spellings in enumerate(names):
            if spellings[kind] == text:
                return index
    heads = ", ".join(column.head for column in columns)
    raise UsageFault(f"there is no column {text}", hint=f"there is {heads}; -c adds others")


def order(values: Sequence[Value], *, largest: bool) -> list[int]:
    """Say in which order rows stand: by their value in one column; rows without one come last, equal ones stay.

    Args:
        values: The value of each row.
        largest: Whether the largest comes first.
    """
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    numbers = [(index, value) for index, value in known if isinstance(value, int | float) and not math.isnan(value)]
    texts = [(index, value) for index, value in known if not isinstance(value, int | float)]
    numbers.sort(key=lambda item: item[1], reverse=largest)
    texts.sort(key=lambda item: str(item[1]), reverse=largest)
    sorted_ones = dict.fromkeys(index for index, _ in (*numbers, *texts))
    return [*sorted_ones, *(index for index in range(len(values)) if index not in sorted_ones)]


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Give what names are sorted by: ``layer2`` before ``layer10``."""
    parts = re.split(r"([0-9]+)", name)
    return [(bool(index % 2), int(part) if index % 2 else 0, part) for index, part in enumerate(parts)]
