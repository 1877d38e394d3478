"""A packager that the interpreter refuses ends the build late."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "packager-syntax"
SEVERITY = Severity.ERROR
SUMMARY = "The packager cannot be read"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Pass on what reading it said."""
    if subject.script is not None:
        yield from subject.script.faults
