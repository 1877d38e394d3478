"""A file that the recipe does not use is a mistake, or a source that was forgotten."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "file-unused"
SEVERITY = Severity.INFO
SUMMARY = "A file of the folder is not used by the recipe"

_ORDINARY = re.compile(
    r"(?:GuildPkg(?:\.lock)?|README|LICEN[CS]E|COPYING|NOTICE|CHANGE|AUTHORS|Makefile|working)\b"
    r"|\.|.*\.(?:patch|diff|orig|new)$|.*\.pkg\.tar\.\w+$|.*\.build\.json$",
    re.IGNORECASE,
)
"""What lies beside recipes without being part of the build; unlisted patches have a rule of their own."""


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare the folder with the recipe."""
    used = {posixpath.normpath(source.text) for source in subject.local} | {subject.recipe.packager}
    used |= {posixpath.normpath(patch.name) for patch in subject.recipe.patches}
    seen: set[str] = set()
    for path in subject.files:
        top = path.partition("/")[0]
        wanted = any(path == name or path.startswith(f"{name}/") or name.startswith(f"{top}/") for name in used if name)
        if wanted or top in seen or _ORDINARY.match(top):
            continue
        seen.add(top)
        shown = top + ("/" if top != path else "")
        yield Fault(subject.beside(shown), "the recipe does not use this", "list it in source, or remove it")
