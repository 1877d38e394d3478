"""Models, operations and resources as rows and as values: what the listing commands and ``guild help`` show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from guildpkg.core.project.find import Listed
from guildpkg.core.project.model import Exec, Flag, Operation, PythonModule, Resource
from guildpkg.core.project.values import raw_of
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One thing in a listing.

    Attributes:
        name: Its full name.
        description: One line without a full stop.
        details: Label and text, for ``-v``.
        value: The same for programs.
    """

    name: str
    description: str
    details: tuple[tuple[str, str], ...]
    value: dict[str, Any]


def model_rows(listed: Sequence[Listed], filters: Iterable[str]) -> tuple[Row, ...]:
    """List models by their full names."""
    return _kept((_model(item) for item in listed), filters)


def operation_rows(listed: Sequence[Listed], filters: Iterable[str]) -> tuple[Row, ...]:
    """List operations by their full names."""
    return _kept((_operation(item, operation) for item in listed for operation in item.model.operations), filters)


def resource_rows(listed: Sequence[Listed], filters: Iterable[str]) -> tuple[Row, ...]:
    """List resources by their full names; private ones are left out."""
    found = [(item, resource) for item in listed for resource in item.model.resources if not resource.private]
    return _kept((_resource(item, resource) for item, resource in found), filters)


def _kept(rows: Iterable[Row], filters: Iterable[str]) -> tuple[Row, ...]:
    words = [word.lower() for word in filters]
    kept = [row for row in rows if all(word in f"{row.name}\n{row.description}".lower() for word in words)]
    return tuple(sorted(kept, key=lambda row: row.name))


def _model(item: Listed) -> Row:
    operations = [operation.name for operation in item.model.operations]
    details = (("source", str(item.model.where)), ("operations", ", ".join(operations)))
    value = {
        "name": item.full,
        "model": item.model.name,
        "description": item.model.description,
        "default": item.model.default,
        "operations": operations,
        "resources": [resource.name for resource in item.model.resources],
        "source": str(item.model.where),
        "project": item.project.known_as,
        "package": item.project.installed,
    }
    return Row(item.full, brief(item.model.description), details, value)


def _operation(item: Listed, operation: Operation) -> Row:
    details = [("command", command_text(operation)), ("source", str(operation.where))]
    details += [(f"flag {flag.name}", flag_text(flag)) for flag in operation.flags]
    value = {
        "name": item.operation(operation.name),
        "model": item.model.name,
        "operation": operation.name,
        "description": operation.description,
        "command": command_text(operation),
        "flags": [flag_value(flag) for flag in operation.flags],
        "profiles": list(operation.profiles),
        "requires": [requirement.ref for requirement in operation.requires],
        "source": str(operation.where),
    }
    return Row(item.operation(operation.name), brief(operation.description), tuple(details), value)


def _resource(item: Listed, resource: Resource) -> Row:
    details = [("path", resource.path or "."), *((source.kind, source.value) for source in resource.sources)]
    sources = [
        {"kind": s.kind, "value": s.value, "mirrors": [*s.mirrors], "sha256": s.sha256} for s in resource.sources
    ]
    name = f"{item.full}:{resource.name}"
    value = {
        "name": name,
        "model": item.model.name,
        "resource": resource.name,
        "description": resource.description,
        "path": resource.path,
        "sources": sources,
        "source": str(resource.where),
    }
    return Row(name, brief(resource.description), tuple(details), value)


def brief(text: str) -> str:
    """Give the first line of a description without its full stop."""
    lines = text.strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else ""


def command_text(operation: Operation) -> str:
    """Write what an operation runs, without its flags."""
    command = operation.command
    if isinstance(command, PythonModule):
        name = f"{command.path}/{command.name}" if command.path else command.name
        return " ".join((name, *command.args))
    if isinstance(command, Exec):
        return " ".join(command.args)
    return ", ".join(step.run for step in command.steps)


def flag_text(flag: Flag) -> str:
    """Describe a flag: ``Learning rate (default is 0.01)``, ``Where it lies (required)``."""
    default = flag_default(flag)
    note = "(required)" if flag.required and not default else f"(default is {default})" if default else ""
    choices = ", ".join(choice.raw for choice in flag.choices)
    return " ".join(filter(None, (flag.description.strip().rstrip("."), f"[{choices}]" if choices else "", note)))


def flag_default(flag: Flag) -> str:
    """Write the default of a flag as a person would; empty when there is none."""
    if flag.default is None:
        return flag.null_label
    return flag.default if isinstance(flag.default, str) else raw_of(flag.default)


def flag_value(flag: Flag) -> dict[str, Any]:
    """Give a flag for programs; what JSON cannot hold (NaN, infinity) as text."""
    return {
        "name": flag.name,
        "description": flag.description,
        "default": _plain(flag.default),
        "type": flag.type,
        "required": flag.required,
        "choices": [_plain(choice.value) for choice in flag.choices],
        "min": flag.minimum,
        "max": flag.maximum,
        "alias": flag.alias,
        "layer": flag.layer,
        "source": str(flag.where),
    }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return raw_of(value)
    return value
