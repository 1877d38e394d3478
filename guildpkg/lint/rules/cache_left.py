"""Caches hold what can be made again, by one version of one tool."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "cache-left"
SEVERITY = Severity.WARNING
SUMMARY = "Byte code or a cache of a tool is in the package"

_FOLDERS = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox")
_ENDINGS = (".pyc", ".pyo")


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look at folders and endings; a folder is named once."""
    seen: set[str] = set()
    for file in subject.files:
        parts = file.path.split("/")
        at = next((place for place, part in enumerate(parts[:-1], start=1) if part in _FOLDERS), 0)
        top = "/".join(parts[:at]) + "/" if at else file.path
        if (at or file.name.endswith(_ENDINGS)) and top not in seen:
            seen.add(top)
            yield Fault(member(top), "this is a cache", "do not copy it to $pkgdir")
