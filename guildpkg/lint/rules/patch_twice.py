"""The same patch under two names of the recipe is applied twice, or applied and laid in."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "patch-twice"
SEVERITY = Severity.WARNING
SUMMARY = "A patch is listed twice, or both as a patch and as a source"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare the lists."""
    seen: set[str] = set()
    for patch in subject.recipe.patches:
        name = posixpath.normpath(patch.name)
        if name in seen:
            yield Fault(patch.where, f"the patch {name} is listed twice", "remove one")
        seen.add(name)
    for source in subject.local:
        if posixpath.normpath(source.text) in seen:
            message = f"{source.text} is applied as a patch and laid into src/ as a source"
            yield Fault(source.where, message, "list it in patches only, unless a hook reads it")
