"""A listing shows the description; without one it shows a name and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "description-missing"
SEVERITY = Severity.WARNING
SUMMARY = "The recipe has no description"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for a description."""
    if not subject.recipe.description:
        yield Fault(subject.at("package", "description"), "there is no description", "add description = ONE SENTENCE")
