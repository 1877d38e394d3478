"""A download that neither recipe nor lock pins may be exchanged unseen."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "hash-missing"
SEVERITY = Severity.WARNING
SUMMARY = "A download has neither a sha256 nor an entry in the lock"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at each download."""
    for source in subject.recipe.sources:
        if source.kind in ("http", "pypi") and not source.sha256 and not subject.locked(source):
            hint = f'`guild lock` records it, or add sha256 = ... to [source "{source.name}"]'
            yield Fault(source.where, f"nothing says which bytes of {source.name} are meant", hint)
