"""A package that is needed in any version breaks with a later one."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "range-missing"
SEVERITY = Severity.WARNING
SUMMARY = "A needed package has no range of versions"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at each needed package."""
    for need in subject.recipe.packages:
        if not need.range:
            where = subject.at("requires", "packages")
            yield Fault(where, f"any version of {need.name} will do", f"write {need.name} >= VERSION")
