"""What a hook reads from the caller is different for every caller."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "env-passed"
SEVERITY = Severity.WARNING
SUMMARY = "Environment variables of the caller reach the hooks"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at env."""
    for name in subject.recipe.env:
        message = f"the package may depend on the builder's {name}"
        yield Fault(subject.at("build", "env"), message, "set it in the packager, or give the reason in [lint]")
