"""A file with a `#!` line was meant to be run by its name."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "script-not-executable"
SEVERITY = Severity.INFO
SUMMARY = "A script is not executable"

_MODULES = (".py", ".R", ".jl", ".ipynb")
"""Kept out: guild runs modules by the interpreter, and upstreams leave the line in everywhere."""


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look for a `#!` line."""
    for file in subject.files:
        if file.data.startswith(b"#!") and not file.executable and not file.name.endswith(_MODULES):
            yield Fault(
                member(file.path, 1), "this has a #! line and is not executable", "chmod 755 it in the package hook"
            )
