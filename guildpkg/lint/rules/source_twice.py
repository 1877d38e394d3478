"""The second of two equal sources meets the files of the first."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "source-twice"
SEVERITY = Severity.ERROR
SUMMARY = "A source is listed twice"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare the sources."""
    seen: set[tuple[str, str]] = set()
    for source in subject.recipe.sources:
        text = posixpath.normpath(source.text) if source.kind == "file" else source.text
        if (text, source.into) in seen:
            yield Fault(source.where, f"the source {source.text} is listed twice", "remove one")
        seen.add((text, source.into))
