"""Filter expressions: which runs are meant, in words.

``status = error and lr > 0.01``, ``tag in [good, best] or label contains 'with dropout'``, ``accuracy is undefined``,
``started > '2 days ago'``. `parse_filter` reads one; `Filter.takes` asks about a run by way of a `Look`, which is
asked for nothing that is not needed: attributes come first, then flags, scalars last.

A name with a prefix (``attr:``, ``flag:``, ``scalar:``) is of that kind. Without one it is an attribute when it is
one of `ATTRS`; else the flag of that name of the run at hand, and when it has no such flag, its scalar.
Nothing is equal to, less or greater than what is undefined; ``x != y`` is ``not x = y``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

from guildpkg.core.runs.dates import Span
from guildpkg.lean import dataclass

Value = str | int | float | bool | tuple[str, ...] | None
"""What a name stands for in a run; None when it is undefined."""

Look = Callable[[str, str], Value]
"""Gives the value of a kind (``attr``, ``flag``, ``scalar``) and a name."""

TIMES: Final = ("created", "started", "stopped")
"""Attributes that are points of time, in nanoseconds since the epoch."""

ATTRS: Final = (
    *("id", "run", "operation", "op", "model", "status", "detail", "label", "tag", "tags", "comment", *TIMES),
    *("duration", "exit_status", "project", "package", "host", "user", "batch", "from_run", "restart_of"),
)
"""What a name without a prefix means before it means a flag."""

KINDS: Final = ("attr", "flag", "scalar")
_COST: Final = {"attr": 0, "flag": 1, "": 2, "scalar": 3}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name: its kind (empty for a flag or else a scalar) and itself."""

    kind: str
    name: str

    def look(self, look: Look) -> Value:
        """Give its value in a run."""
        if self.kind:
            return look(self.kind, self.name)
        value = look("flag", self.name)
        return look("scalar", self.name) if value is None else value


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it was written.

    Attributes:
        text: The text of it.
        number: The same as a number; None when it is none, or was quoted.
        span: The same as a stretch of time, where a point of time is asked for.
    """

    text: str
    number: float | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison: ``= < <= > >= contains undefined`` of a name with literals, of which one has to fit."""

    name: Name
    how: str
    literals: tuple[Literal, ...] = ()

    @property
    def cost(self) -> int:
        """How dear it is to find out."""
        return _COST[self.name.kind]

    def takes(self, look: Look) -> bool:
        """Tell whether it holds for a run."""
        value = self.name.look(look)
        if self.how == "undefined":
            return value is None
        if value is None:
            return False
        values = value if isinstance(value, tuple) else (value,)
        return any(_fits(item, self.how, literal) for item in values for literal in self.literals)

    def names(self) -> Iterator[Name]:
        """Give the names in it."""
        yield self.name


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Node

    @property
    def cost(self) -> int:
        """How dear it is to find out."""
        return self.part.cost

    def takes(self, look: Look) -> bool:
        """Tell whether it holds for a run."""
        return not self.part.takes(look)

    def names(self) -> Iterator[Name]:
        """Give the names in it."""
        return self.part.names()


@dataclass(frozen=True, slots=True)
class Several:
    """Parts of which all, or one, have to hold; the cheap ones are asked first."""

    parts: tuple[Node, ...]
    every: bool

    @property
    def cost(self) -> int:
        """How dear it is to find out."""
        return max(part.cost for part in self.parts)

    def takes(self, look: Look) -> bool:
        """Tell whether it holds for a run."""
        answers = (part.takes(look) for part in sorted(self.parts, key=lambda part: part.cost))
        return all(answers) if self.every else any(answers)

    def names(self) -> Iterator[Name]:
        """Give the names in it."""
        for part in self.parts:
            yield from part.names()


Node = Test | Not | Several


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression that was read.

    Attributes:
        text: How it was written.
        root: What it says.
    """

    text: str
    root: Node

    def takes(self, look: Look) -> bool:
        """Tell whether it holds for a run."""
        return self.root.takes(look)

    @property
    def names(self) -> tuple[Name, ...]:
        """The names in it, each once."""
        return tuple(dict.fromkeys(self.root.names()))


def _fits(value: str | float | bool, how: str, literal: Literal) -> bool:
    if literal.span is not None:
        return isinstance(value, int) and _in_time(value, how, literal.span)
    if how == "contains":
        return literal.text in written(value)
    if how == "=":
        return _equal(value, literal)
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        return literal.number is None and _ORDER[how](value, literal.text)
    return literal.number is not None and _ORDER[how](value, literal.number)


def _equal(value: str | float | bool, literal: Literal) -> bool:
    if isinstance(value, bool):
        return literal.text.lower() in (("true", "yes", "on") if value else ("false", "no", "off"))
    if isinstance(value, str) or literal.number is None:
        return written(value) == literal.text
    return value == literal.number


def _in_time(value: int, how: str, span: Span) -> bool:
    if how == "=":
        return span.start <= value < max(span.end, span.start + 1)
    # a whole day is neither before nor behind itself
    edge = span.start if how in ("<", ">=") else max(span.end - 1, span.start)
    return _ORDER[how](value, edge)


def written(value: str | float | bool) -> str:
    """Write a value as a filter would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
