"""A branch moves; a tag or a commit says which state of upstream was packaged."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint import pins
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "moving-branch"
SEVERITY = Severity.WARNING
SUMMARY = "A git source names a branch instead of a tag or a commit"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at the ref of each git source."""
    for source in subject.recipe.sources:
        branch = pins.names_branch(source.text) if source.kind == "git" else ""
        if not branch:
            continue
        message = f"{source.name} is taken from {branch}, which moves"
        if source.commit:
            message += ": the build ends when it leaves the commit of the recipe"
        yield Fault(source.where, message, "name a tag or a commit in the URL")
