"""Where the code comes from, for people: papers, home pages, issue trackers."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "references-missing"
SEVERITY = Severity.INFO
SUMMARY = "The recipe has sources from elsewhere and no references"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for references."""
    if subject.upstream and not subject.recipe.references and not subject.recipe.url:
        yield Fault(subject.at("references"), "there are no references", "add a [references] section with links")
