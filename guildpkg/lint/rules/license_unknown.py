"""Programs compare licenses, so they are written as SPDX expressions."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "license-unknown"
SEVERITY = Severity.WARNING
SUMMARY = "The license is not an SPDX expression"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare the license with the list."""
    if not subject.recipe.license:
        return
    where = subject.at("package", "license")
    try:
        canonical = canonicalize_license_expression(subject.recipe.license)
    except InvalidLicenseExpression:
        hint = "see spdx.org/licenses; what has no name there is LicenseRef-NAME"
        yield Fault(where, f"{subject.recipe.license!r} is not an SPDX expression", hint)
        return
    if canonical != subject.recipe.license:
        yield Fault(where, f"{subject.recipe.license!r} is written {canonical}")
