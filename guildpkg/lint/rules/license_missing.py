"""Without a license nobody may use what is packaged."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "license-missing"
SEVERITY = Severity.WARNING
SUMMARY = "The recipe names no license"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for a license."""
    if not subject.recipe.license:
        yield Fault(
            subject.at("package", "license"), "no license is named", "add license = SPDX-EXPRESSION, e.g. Apache-2.0"
        )
