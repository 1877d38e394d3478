"""A patch that nobody applies is a patch that somebody forgot."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "patch-unlisted"
SEVERITY = Severity.WARNING
SUMMARY = "A patch lies in the folder and the recipe does not list it"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare the folder with the recipe."""
    used = {posixpath.normpath(patch.name) for patch in subject.recipe.patches}
    used |= {posixpath.normpath(source.text) for source in subject.local}
    for path in subject.files:
        if path.endswith((".patch", ".diff")) and path not in used and "/" not in path:
            yield Fault(
                subject.beside(path), "the recipe does not list this patch", f"add {path} to patches, or remove it"
            )
