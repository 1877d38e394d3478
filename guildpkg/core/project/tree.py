"""What a structured project file holds before anybody asks what it means: text, lists and tables with their places.

Text stays text: whether ``1.10`` is a number or a version is for the reader of the key to say. `Text.plain` tells
whether it stood without quotes, so that it may be read as a number, a boolean or null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from guildpkg.core.project.overlay import lay_deep
from guildpkg.core.project.parts import Scalar
from guildpkg.core.project.values import raw_of, typed
from guildpkg.errors import Where
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar."""

    text: str
    where: Where
    plain: bool = True

    @property
    def value(self) -> Scalar:
        """The value, typed as `typed` does it; quoted text is text."""
        return typed(self.text) if self.plain else self.text

    @property
    def raw(self) -> str:
        """The value as it is typed behind ``NAME=``."""
        return self.text if self.plain else raw_of(self.text)

    @property
    def empty(self) -> bool:
        """Whether it is null."""
        return self.plain and self.value is None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order of the file.

    Attributes:
        entries: Key to value.
        keys: Key to the place where the key stands.
    """

    entries: Mapping[str, Node]
    where: Where
    keys: Mapping[str, Where] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """Give a value; None also when it is null."""
        node = self.entries.get(key)
        return None if isinstance(node, Text) and node.empty else node

    def at(self, key: str) -> Where:
        """Give the place of a key, or of the table when there is no such key."""
        return self.keys.get(key, self.where)

    def only(self, *keys: str) -> Table:
        """Give the table with these keys only."""
        return replace(self, entries={key: node for key, node in self.entries.items() if key in keys})

    def without(self, *keys: str) -> Table:
        """Give the table without these keys."""
        return replace(self, entries={key: node for key, node in self.entries.items() if key not in keys})


Node = Text | Items | Table


def join(below: Node, above: Node) -> Node:
    """Lay one node over another: tables are merged name by name, of everything else the upper one counts."""
    if isinstance(below, Table) and isinstance(above, Table):
        entries = lay_deep(below.entries, above.entries, join)
        return Table(entries, above.where, {**below.keys, **above.keys})
    return above


def size_of(node: Node) -> int:
    """Count the values in a node, itself among them."""
    if isinstance(node, Text):
        return 1
    inner = node.items if isinstance(node, Items) else node.entries.values()
    return 1 + sum(size_of(item) for item in inner)
