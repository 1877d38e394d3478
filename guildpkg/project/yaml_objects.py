"""``guild.yml`` and what it includes -> its objects: models, configs, packages, views, each with its type and name.

Three forms are read: a list of objects, a single object, and a file of operations only (an anonymous model).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.core.words import nearest
from guildpkg.errors import ProjectError, Where
from guildpkg.lean import dataclass
from guildpkg.project.keys import Keys, kind_of
from guildpkg.project.notes import Notes
from guildpkg.project.tables import INHERITED, TYPES

Read = Callable[[str, str], Node | None]
"""Reads a file, named relative to the project folder and as the user knows it; raises ProjectError when it cannot."""

MOST_FILES = 100
_SHOWN = ("model", "config", "package", "include")


@dataclass(frozen=True, slots=True)
class Object:
    """An object at the top of a file; *kind* is one of `TYPES`, *name* may be empty."""

    kind: str
    name: str
    table: Table
    where: Where


@dataclass(frozen=True, slots=True)
class Found:
    """The objects in their order, with the files that they came from."""

    objects: tuple[Object, ...]
    files: tuple[str, ...]


def read_objects(file: str, shown: str, read: Read, notes: Notes) -> Found:
    """Read a file and what it includes.

    Args:
        file: Its path relative to the project folder.
        shown: The folder of the project as the user knows it (``""`` for the current one), for messages.
        read: Reads a file.
        notes: Told what is wrong.
    """
    reader = _Reader(shown, read, notes)
    objects = reader.file(file, Where(reader.shown(file)), ())
    return Found(tuple(objects), tuple(reader.files))


class _Reader:
    def __init__(self, folder: str, read: Read, notes: Notes) -> None:
        self.folder = folder
        self.read = read
        self.notes = notes
        self.files: list[str] = []

    def shown(self, file: str) -> str:
        return posixpath.join(self.folder, file)

    def file(self, file: str, where: Where, trail: tuple[str, ...]) -> list[Object]:
        """Read one file; *trail* is the files that include it."""
        if file in trail:
            path = " -> ".join((*trail[trail.index(file) :], file))
            self.notes.fault(where, f"{file} includes itself: {path}")
            return []
        if file in self.files:
            return []
        if len(self.files) >= MOST_FILES:
            self.notes.fault(where, f"more than {MOST_FILES} files are included")
            return []
        self.files.append(file)
        try:
            tree = self.read(file, self.shown(file))
        except ProjectError as error:
            for fault in error.faults:
                # a file that cannot be read is the fault of who names it
                place = fault.where if fault.where.file or fault.where.line else where
                self.notes.fault(place, fault.message, fault.hint)
            return []
        return [found for top in self._tops(tree, file) for found in self._taken(top, file, (*trail, file))]

    def _tops(self, tree: Node | None, file: str) -> list[Object]:
        if tree is None:
            return []
        if isinstance(tree, Text):
            self.notes.fault(tree.where, f"{file} holds {kind_of(tree)}, not objects", "begin with - model: NAME")
            return []
        alone = isinstance(tree, Table)
        made = [self._object(node, alone=alone) for node in (tree.items if isinstance(tree, Items) else (tree,))]
        return [top for top in made if top is not None]

    def _object(self, node: Node, *, alone: bool) -> Object | None:
        if not isinstance(node, Table):
            self.notes.fault(node.where, f"this is {kind_of(node)}, not an object", "begin it with - model: NAME")
            return None
        types = [key for key in TYPES if key in node.entries]
        if "model" in types or "config" in types:
            types = [key for key in types if key != "view"]
        if len(types) > 1:
            self.notes.fault(node.where, f"this object has several types: {', '.join(types)}", "make it several")
            return None
        if types:
            return Object(types[0], self._name(node, types[0]), node, node.at(types[0]))
        return self._untyped(node, alone=alone)

    def _untyped(self, node: Table, *, alone: bool) -> Object | None:
        described = any(key in INHERITED for key in node.entries)
        typo = next((key for key, value in node.entries.items() if described and _is_typo(key, value)), "")
        if typo or not node.entries or not ("operations" in node.entries or alone):
            hint = f"did you mean {nearest(typo, TYPES)}?" if typo else ""
            message = f"this object has no type: one of {', '.join(_SHOWN)} is needed"
            self.notes.fault(node.at(typo) if typo else node.where, message, hint)
            return None
        if "operations" in node.entries:
            return Object("model", "", node, node.where)
        if odd := next((key for key in node.entries if key in INHERITED), ""):
            self.notes.fault(node.at(odd), f"{odd} belongs to no model", "begin the file with model: NAME")
            return None
        return Object("model", "", Table({"operations": node}, node.where, {"operations": node.where}), node.where)

    def _name(self, node: Table, kind: str) -> str:
        value = node.entries[kind]
        if kind in ("include", "view"):
            return value.text.strip() if isinstance(value, Text) and not value.empty else ""
        if isinstance(value, Text):
            if value.empty and kind in ("config", "package"):
                self.notes.fault(node.at(kind), f"the {kind} has no name", f"write {kind}: NAME")
            return "" if value.empty else value.text.strip()
        if kind != "project" or not isinstance(value, Table):
            self.notes.fault(node.at(kind), f"{kind} is a name, not {kind_of(value)}", f"write {kind}: NAME")
        return ""

    def _taken(self, top: Object, file: str, trail: tuple[str, ...]) -> list[Object]:
        if top.kind != "include":
            return [top]
        keys = Keys(top.table, "the include", self.notes)
        keys.check(("include",))
        names = keys.texts("include")
        if not names:
            self.notes.fault(top.where, "include names no file")
        found: list[Object] = []
        for name in names:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(file), name.text.strip()))
            found += self.file(target, name.where, trail)
        return found


def _is_typo(key: str, value: Node) -> bool:
    return isinstance(value, Text) and key not in INHERITED and bool(nearest(key, _SHOWN))
