"""A git source that neither recipe nor lock pins is something else tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint import pins
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "commit-unpinned"
SEVERITY = Severity.WARNING
SUMMARY = "A git source has neither a commit nor an entry in the lock"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at each git source."""
    for source in subject.recipe.sources:
        pinned = source.commit or source.tree or pins.names_commit(source.text)
        if source.kind == "git" and not pinned and not subject.locked(source):
            hint = f'`guild lock` pins it, or add commit = ... to [source "{source.name}"]'
            yield Fault(source.where, f"nothing says which commit of {source.name} is meant", hint)
