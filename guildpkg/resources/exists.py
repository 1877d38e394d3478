"""Sources ``exists``: something that has to be there already; nothing is laid.

Paths and patterns are relative to the working directory, where ``prepare`` puts things, then to the project.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Final

from guildpkg.core.digests import tree_digest
from guildpkg.core.runs.record import ResourceRow
from guildpkg.errors import DependencyError
from guildpkg.resources.request import Ask, Found
from guildpkg.system.disk import hash_file, scan

_HASHED: Final = 64 << 20
"""Bytes up to which what is there is hashed for the record: more would hold up every run."""


def find(ask: Ask) -> Found:
    """See `table.find`."""
    for folder in (ask.world.base, ask.need.owner.project):
        if found := matches(folder, ask.source.value):
            rows = tuple(_row(path, folder, ask) for path in found)
            return Found(source=str(folder / ask.source.value), rows=rows)
    raise missing(ask)


def missing(ask: Ask) -> DependencyError:
    """Say that something is not there which has to be."""
    path = os.path.normpath(ask.source.value)
    shown = path if path.startswith(("/", "..")) else f"./{path}"
    return DependencyError(f"missing required '{shown}'", hint=ask.source.help)


def matches(folder: Path, pattern: str) -> tuple[Path, ...]:
    """List what a path or a pattern means below a folder, in the order of the names."""
    if os.path.lexists(folder / pattern):
        return (folder / pattern,) if (folder / pattern).exists() else ()
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - that of Path refuses some patterns
    return tuple(folder / name for name in sorted(names))


def _row(path: Path, folder: Path, ask: Ask) -> ResourceRow:
    name, shown = ask.need.resource.name, os.path.relpath(path, folder)
    if not path.is_dir():
        size = path.stat().st_size
        return ResourceRow(name, shown, str(path), hash_file(path) if size <= _HASHED else "", size)
    size = sum(item.stat().st_size for item in path.rglob("*") if item.is_file())
    return ResourceRow(name, shown, str(path), tree_digest(scan(path)) if size <= _HASHED else "", size)
