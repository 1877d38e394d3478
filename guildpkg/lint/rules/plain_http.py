"""Whoever sits between can read plain HTTP, and exchange what is not pinned."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "plain-http"
SEVERITY = Severity.WARNING
SUMMARY = "A source is fetched over unencrypted HTTP"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at each address."""
    for source in subject.recipe.sources:
        if source.text.lower().startswith(("http://", "git+http://")):
            yield Fault(source.where, f"{source.text} is not encrypted", "write https:// if the server has it")
