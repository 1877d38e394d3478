"""A table of a ``guild.yml`` read key by key: each question says what is wanted, and notes what is there instead."""

from __future__ import annotations

import math
from collections.abc import Iterable

from guildpkg.core.project.parts import Reference
from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.core.project.values import number_of
from guildpkg.lean import dataclass
from guildpkg.project.notes import Notes

NO_TABLE = "write NAME: VALUE lines below it"


@dataclass(frozen=True, slots=True)
class Keys:
    """A table with the words for messages about it.

    Attributes:
        table: What is asked.
        of: What it describes (``the flag epochs``).
        notes: Where faults and warnings go.
    """

    table: Table
    of: str
    notes: Notes

    def check(self, known: Iterable[str], ignored: Iterable[str] = (), refused: Iterable[str] = ()) -> None:
        """Note the keys that nobody reads, that have no effect, and that cannot be honoured."""
        known, ignored, refused = tuple(known), tuple(ignored), tuple(refused)
        for key, node in self.table.entries.items():
            where = self.table.at(key)
            if key in known or (key in refused and isinstance(node, Text) and node.empty):
                continue
            if key in refused:
                self.notes.fault(where, f"{key} of {self.of} is not supported", "remove it, or do it in the script")
            elif key in ignored:
                self.notes.warn(where, f"{key} of {self.of} has no effect here")
            else:
                self.notes.unknown(where, key, self.of, known)

    def fault(self, key: str, message: str, hint: str = "") -> None:
        """Note a fault at the place of a key."""
        self.notes.fault(self.table.at(key), message, hint)

    def scalar(self, key: str) -> Text | None:
        """Give a scalar; None when there is none."""
        node = self.table.get(key)
        if node is not None and not isinstance(node, Text):
            self.fault(key, f"{key} of {self.of} has to be one value, not {kind_of(node)}")
            return None
        return node

    def text(self, key: str, default: str = "") -> str:
        """Give text; numbers and booleans stay as they are written."""
        node = self.scalar(key)
        return default if node is None else node.text.strip()

    def one_of(self, key: str, choices: Iterable[str], default: str) -> str:
        """Give a word out of a few."""
        found = self.text(key, default)
        if found not in (choices := tuple(choices)) and found != default:
            self.fault(key, f"{key} of {self.of} is {_or(choices)}, not {found!r}")
            return default
        return found

    def yes(self, key: str, *, default: bool) -> bool:
        """Give yes or no."""
        node = self.scalar(key)
        if node is None:
            return default
        if not isinstance(node.value, bool):
            self.fault(key, f"{key} of {self.of} is yes or no, not {node.text!r}")
            return default
        return node.value

    def number(self, key: str) -> float | None:
        """Give a number."""
        node = self.scalar(key)
        if node is None:
            return None
        found = number_of(node.text) if node.plain else None
        if found is None or math.isnan(found):
            self.fault(key, f"{key} of {self.of} has to be a number, not {node.text!r}")
            return None
        return found

    def texts(self, key: str) -> tuple[Text, ...]:
        """Give one text or a list of texts."""
        found = []
        for node in self.nodes(key):
            if isinstance(node, Text) and not node.empty:
                found.append(node)
            else:
                self.notes.fault(
                    node.where, f"{key} of {self.of} has to be a list of words, and this is {kind_of(node)}"
                )
        return tuple(found)

    def words(self, key: str) -> tuple[str, ...]:
        """Give one text or a list of texts, as plain strings."""
        return tuple(node.text.strip() for node in self.texts(key))

    def nodes(self, key: str) -> tuple[Node, ...]:
        """Give one thing or a list of things."""
        node = self.table.get(key)
        if node is None:
            return ()
        return node.items if isinstance(node, Items) else (node,)

    def table_of(self, key: str, hint: str = NO_TABLE) -> Table:
        """Give a table; an empty one when there is none."""
        node = self.table.get(key)
        if isinstance(node, Table):
            return node
        if node is not None:
            self.fault(key, f"{key} of {self.of} has to be a table, not {kind_of(node)}", hint)
        return Table({}, self.table.at(key))

    def pairs(self, key: str) -> dict[str, str]:
        """Give a table of texts; null is empty text."""
        found = {}
        for name, node in self.table_of(key).entries.items():
            if isinstance(node, Text):
                found[name] = "" if node.empty else node.text
            else:
                self.notes.fault(node.where, f"{name} in {key} of {self.of} has to be one value, not {kind_of(node)}")
        return found

    def raws(self, key: str) -> dict[str, str]:
        """Give a table of values as they are typed on a command line."""
        found = {}
        for name, node in self.table_of(key).entries.items():
            if isinstance(node, Text):
                found[name] = "" if node.empty else node.raw
            else:
                self.notes.fault(node.where, f"{name} in {key} of {self.of} has to be one value, not {kind_of(node)}")
        return found

    def references(self, key: str = "references") -> tuple[Reference, ...]:
        """Give links: texts, or tables of names and links."""
        found: list[Reference] = []
        for node in self.nodes(key):
            if isinstance(node, Text):
                found.append(Reference("", node.text.strip()))
            elif isinstance(node, Table):
                links = Keys(node, f"the references of {self.of}", self.notes)
                found += [Reference(name, links.text(name)) for name in node.entries]
            else:
                self.notes.fault(node.where, f"a reference of {self.of} is a link, not a list")
        return tuple(found)


def kind_of(node: Node) -> str:
    """Say what a node is, for messages."""
    if isinstance(node, Text):
        return "nothing" if node.empty else repr(node.text[:40])
    return "a list" if isinstance(node, Items) else "a table"


def _or(words: tuple[str, ...]) -> str:
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
