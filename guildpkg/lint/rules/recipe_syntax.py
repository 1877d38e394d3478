"""A recipe that cannot be read: each of its faults."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import BrokenRecipe

ID = "recipe-syntax"
SEVERITY = Severity.ERROR
SUMMARY = "The recipe or its lock cannot be read"


def check(subject: BrokenRecipe) -> Iterator[Fault]:
    """Pass on what the reader says."""
    yield from subject.faults
