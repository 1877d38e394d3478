"""``{{name}}``: the values of a model's ``params`` put where they are named.

A value that is one reference and nothing else becomes what the parameter is, with its type; inside of other text the
parameter's text is put. Parameters may name parameters. A name that is no parameter stays as it is, with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate

from guildpkg.core.project.overlay import Cycle, in_order
from guildpkg.core.project.tree import Items, Node, Table, Text, size_of
from guildpkg.project.notes import Notes

_REFERENCE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")
MOST_TEXT = 65_536
MOST_VALUES = 10_000


def fill(table: Table, notes: Notes) -> Table:
    """Put the parameters of a model where they are named; ``params`` itself goes.

    Args:
        table: A model, with all that it takes over.
        notes: Told of names that are no parameter, of circles, and of parameters that grow without end.
    """
    params = table.entries.get("params")
    values: Mapping[str, Node] = params.entries if isinstance(params, Table) else {}
    if params is not None and not isinstance(params, Table):
        notes.fault(table.at("params"), "params is a table of names and values")
    filler = _Filler(notes)
    try:
        order = in_order(values, lambda name: [ref for ref in _references(values[name]) if ref in values])
    except Cycle as circle:
        notes.fault(table.at("params"), f"params name one another in a circle: {circle}")
        return table.without("params")
    for name in order:
        filler.values[name] = filler.node(values[name])
    filled = filler.node(table.without("params"))
    assert isinstance(filled, Table)
    return filled


def _references(node: Node) -> list[str]:
    if isinstance(node, Text):
        return _REFERENCE.findall(node.text)
    inner = node.items if isinstance(node, Items) else node.entries.values()
    return [name for item in inner for name in _references(item)]


class _Filler:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.values: dict[str, Node] = {}
        self.made = 0

    def node(self, node: Node) -> Node:
        self.notes.spend(1, node.where)
        if isinstance(node, Text):
            return self._text(node) if "{{" in node.text else node
        if isinstance(node, Items):
            return Items(tuple(self.node(item) for item in node.items), node.where)
        return replace(node, entries={key: self.node(item) for key, item in node.entries.items()})

    def _text(self, node: Text) -> Node:
        for name in _REFERENCE.findall(node.text):
            if name not in self.values:
                self.notes.warn(node.where, f"{{{{{name}}}}} names no parameter", f"add {name} to params")
        whole = _REFERENCE.fullmatch(node.text.strip())
        if whole and whole[1] in self.values:
            return self._whole(node, self.values[whole[1]])
        puts = (len(self._inside(node, found)) for found in _REFERENCE.finditer(node.text))
        if len(node.text) > MOST_TEXT or any(total > MOST_TEXT for total in accumulate(puts)):
            self.notes.fault(node.where, f"parameters make this longer than {MOST_TEXT:,} characters")
            return node
        return replace(node, text=_REFERENCE.sub(lambda found: self._inside(node, found), node.text))

    def _whole(self, node: Text, value: Node) -> Node:
        self.made += size_of(value)
        if self.made > MOST_VALUES:
            self.notes.fault(node.where, f"parameters make more than {MOST_VALUES:,} values")
            return node
        return replace(value, where=node.where) if isinstance(value, Text) else value

    def _inside(self, node: Text, found: re.Match[str]) -> str:
        value = self.values.get(found[1])
        if value is None:
            return found[0]
        if not isinstance(value, Text):
            self.notes.fault(node.where, f"the parameter {found[1]} is no text, and stands inside of text")
            return found[0]
        return "" if value.empty else value.text
