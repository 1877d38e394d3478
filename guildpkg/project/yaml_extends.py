"""``extends`` and ``$include``: models and configs as they are once everything they take over is laid beneath them.

A parent lies beneath its heir, of several parents the first on top; tables merge, everything else is replaced. What
``$include`` names lies beneath the flags or resources that name it, of several the last on top.
"""

from __future__ import annotations

from collections.abc import Mapping

from guildpkg.core.project.overlay import Cycle, in_order
from guildpkg.core.project.tree import Table, join, size_of
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Where
from guildpkg.project.keys import Keys
from guildpkg.project.notes import Notes
from guildpkg.project.tables import INHERITED
from guildpkg.project.yaml_normal import normal_model
from guildpkg.project.yaml_objects import Object

_INCLUDE = "$include"
_DEFAULTS = ":"
"""Stands for ``operation-defaults`` among the operations: no operation can be called so."""


def inherit(objects: tuple[Object, ...], notes: Notes) -> dict[str, Table]:
    """Give every model and config with all that it takes over.

    Args:
        objects: The objects of a project; those that are neither are passed over.
        notes: Told of names that are there twice or not at all, and of circles.

    Returns:
        The tables by name, in the order of the objects.
    """
    known = _by_name(objects, notes)
    return _Includes(_extended(known, notes), notes).all()


def _by_name(objects: tuple[Object, ...], notes: Notes) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for top in objects:
        if top.kind not in ("model", "config"):
            continue
        if top.name in found:
            first = found[top.name].where
            notes.fault(top.where, f"there are two objects called {top.name!r}", f"the first is at {first}")
            continue
        found[top.name] = normal_model(top.table)
    return found


def _extended(known: Mapping[str, Table], notes: Notes) -> dict[str, Table]:
    parents: dict[str, list[str]] = {}
    for name, table in known.items():
        parents[name] = []
        for node in Keys(table, _called(name), notes).texts("extends"):
            if node.text in known:
                parents[name].append(node.text)
            else:
                hint = did_you_mean(node.text, [other for other in known if other])
                notes.fault(node.where, f"{_called(name)} extends {node.text!r}, which is not there", hint)
    try:
        order = in_order(known, lambda name: parents[name])
    except Cycle as circle:
        where = known[circle.path[0]].at("extends")
        notes.fault(where, f"models extend one another in a circle: {circle}")
        return dict(known)
    done: dict[str, Table] = {}
    sizes: dict[str, int] = {}
    for name in order:
        table = known[name]
        for parent in parents[name]:
            sizes[parent] = sizes.get(parent) or size_of(done[parent])
            notes.spend(sizes[parent], table.at("extends"))
            merged = join(done[parent].only(*INHERITED), table)
            assert isinstance(merged, Table)
            table = merged
        done[name] = table
    return {name: done[name] for name in known}


def _called(name: str) -> str:
    return f"the model {name}" if name else "the model"


class _Includes:
    """Resolves ``$include`` in flags and resources, each section once."""

    def __init__(self, models: Mapping[str, Table], notes: Notes) -> None:
        self.models = models
        self.notes = notes
        self.done: dict[tuple[str, str, str], Table] = {}

    def all(self) -> dict[str, Table]:
        return {name: self._model(name, table) for name, table in self.models.items()}

    def _model(self, name: str, table: Table) -> Table:
        entries = dict(table.entries)
        for kind in ("flags", "resources"):
            if isinstance(entries.get(kind), Table):
                entries[kind] = self._section(name, "", kind, ())
        operations = entries.get("operations")
        if isinstance(operations, Table):
            changed = dict(operations.entries)
            for operation, node in operations.entries.items():
                if isinstance(node, Table) and isinstance(node.entries.get("flags"), Table):
                    flags = self._section(name, operation, "flags", ())
                    changed[operation] = Table({**node.entries, "flags": flags}, node.where, node.keys)
            entries["operations"] = Table(changed, operations.where, operations.keys)
        defaults = entries.get("operation-defaults")
        if isinstance(defaults, Table) and isinstance(defaults.entries.get("flags"), Table):
            flags = self._section(name, _DEFAULTS, "flags", ())
            entries["operation-defaults"] = Table({**defaults.entries, "flags": flags}, defaults.where, defaults.keys)
        return Table(entries, table.where, table.keys)

    def _section(self, model: str, operation: str, kind: str, trail: tuple[tuple[str, str, str], ...]) -> Table:
        """Give the flags or resources of a model or operation with all that they include."""
        key = (model, operation, kind)
        own = _find(self.models[model], operation, kind) or Table({}, self.models[model].where)
        if key in self.done or _INCLUDE not in own.entries:
            return self.done.get(key, own)
        if key in trail:
            self.notes.fault(own.at(_INCLUDE), f"{_INCLUDE} leads back to where it stands")
            return own.without(_INCLUDE)
        below = Table({}, own.where)
        self.notes.spend(size_of(own), own.where)
        for node in Keys(own, f"the {kind}", self.notes).texts(_INCLUDE):
            below = _lay(below, self._named(node.text.strip(), node.where, key, trail))
            self.notes.spend(len(below.entries), node.where)
        self.done[key] = _lay(below, own.without(_INCLUDE))
        return self.done[key]

    def _named(
        self, ref: str, where: Where, key: tuple[str, str, str], trail: tuple[tuple[str, str, str], ...]
    ) -> Table:
        model, _, operation = ref.partition(":")
        model = model or key[0]
        nothing = Table({}, where)
        if model not in self.models:
            hint = did_you_mean(model, [name for name in self.models if name])
            self.notes.fault(where, f"{_INCLUDE} names {ref!r}, which is not there", hint)
            return nothing
        if operation and key[2] != "flags":
            self.notes.fault(where, f"{_INCLUDE} names an operation, and operations have no {key[2]}")
            return nothing
        if operation and not _has_operation(self.models[model], operation):
            self.notes.fault(where, f"{_INCLUDE} names {ref!r}: {_called(model)} has no such operation")
            return nothing
        return self._section(model, operation, key[2], (*trail, key))


def _find(model: Table, operation: str, kind: str) -> Table | None:
    holder: object = model.entries.get("operation-defaults") if operation == _DEFAULTS else model
    if operation not in ("", _DEFAULTS):
        operations = model.entries.get("operations")
        holder = operations.entries.get(operation) if isinstance(operations, Table) else None
    found = holder.entries.get(kind) if isinstance(holder, Table) else None
    return found if isinstance(found, Table) else None


def _has_operation(model: Table, operation: str) -> bool:
    operations = model.entries.get("operations")
    return isinstance(operations, Table) and operation in operations.entries


def _lay(below: Table, above: Table) -> Table:
    laid = join(below, above)
    assert isinstance(laid, Table)
    return laid
