"""Short forms of ``guild.yml`` -> their long forms, so that inheriting merges like with like.

``train: train`` is ``train: {cmd: train}``; ``epochs: 10`` is ``epochs: {default: 10}``; a resource that is a list
is one with these sources.
"""

from __future__ import annotations

from collections.abc import Callable

from guildpkg.core.project.tree import Items, Node, Table, Text


def normal_model(table: Table) -> Table:
    """Write the operations, flags and resources of a model in their long forms."""
    table = _within(table, "flags", _flag)
    table = _within(table, "resources", _resource)
    table = _within(table, "operations", _operation)
    return _only_one(table, "operation-defaults", _flags_of)


def _operation(node: Node) -> Node:
    if isinstance(node, Text):
        return node if node.empty else Table({"cmd": node}, node.where, {"cmd": node.where})
    return _flags_of(node)


def _flags_of(node: Node) -> Node:
    return _within(node, "flags", _flag) if isinstance(node, Table) else node


def _flag(node: Node) -> Node:
    return node if isinstance(node, Table) else Table({"default": node}, node.where, {"default": node.where})


def _resource(node: Node) -> Node:
    if isinstance(node, Table) or (isinstance(node, Text) and node.empty):
        return node
    sources = node if isinstance(node, Items) else Items((node,), node.where)
    return Table({"sources": sources}, node.where, {"sources": node.where})


def _within(table: Table, key: str, change: Callable[[Node], Node]) -> Table:
    """Change every entry of a table inside of a table, but no ``$include``."""
    inner = table.entries.get(key)
    if not isinstance(inner, Table):
        return table
    entries = {name: node if name == "$include" else change(node) for name, node in inner.entries.items()}
    return Table({**table.entries, key: Table(entries, inner.where, inner.keys)}, table.where, table.keys)


def _only_one(table: Table, key: str, change: Callable[[Node], Node]) -> Table:
    if key not in table.entries:
        return table
    return Table({**table.entries, key: change(table.entries[key])}, table.where, table.keys)
