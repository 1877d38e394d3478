"""What YAML files were found to hold the last time, so that one that is as it was is not parsed again.

Importing a YAML library and parsing with it takes longer than all that guild does with a project before it starts a
run. A remembered tree lies in one JSON file for each file read, behind the SHA-256 of the content that it comes from;
it may be deleted at any time, and one that is damaged or older is made anew.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, Final

from guildpkg.core.digests import sha256
from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.errors import GuildError, Where
from guildpkg.project.yaml_tree import read_tree
from guildpkg.system.disk import write_atomically

_SCHEMA: Final = 1
_DAMAGED: Final = (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


def read_remembered(data: bytes, file: str, memory: Path) -> Node | None:
    """Read a file; see `guildpkg.project.yaml_tree.read_tree`.

    Args:
        data: Its content.
        file: Its name as the user knows it.
        memory: Where what was found is remembered.

    Raises:
        ProjectError: As `read_tree` does; nothing is remembered then.
    """
    digest = sha256(data)
    with contextlib.suppress(*_DAMAGED):
        schema, known, found = json.loads(memory.read_bytes())
        if (schema, known) == (_SCHEMA, digest):
            return None if found is None else _node(found, file)
    tree = read_tree(data, file)
    # a home that cannot be written to is no reason to refuse a project, nor is a tree too deep for JSON
    with contextlib.suppress(GuildError, OSError, RecursionError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(memory, json.dumps([_SCHEMA, digest, tree and _plain(tree)]).encode())
    return tree


def _plain(node: Node) -> list[Any]:
    """Give a node as JSON has it: its line first; a text has three values more than its kind, a table two lists."""
    if isinstance(node, Text):
        return ["text", node.where.line, node.text, node.plain]
    if isinstance(node, Items):
        return ["items", node.where.line, [_plain(item) for item in node.items]]
    entries = [[key, node.at(key).line, _plain(value)] for key, value in node.entries.items()]
    return ["table", node.where.line, entries]


def _node(found: list[Any], file: str) -> Node:
    kind, line, inner, *plain = found
    where = Where(file, line)
    if kind == "text":
        return Text(inner, where, *plain)
    if kind == "items":
        return Items(tuple([_node(item, file) for item in inner]), where)
    entries = {key: _node(value, file) for key, _, value in inner}
    return Table(entries, where, {key: Where(file, at) for key, at, _ in inner})
