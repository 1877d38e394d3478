"""Who meets a patch in three years wants to know what it is for (the header of DEP-3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "patch-undescribed"
SEVERITY = Severity.INFO
SUMMARY = "A patch does not begin with a `Description:` or `Subject:`"

_CHANGE = re.compile(rb"^(?:diff |--- |\*\*\* |Index: )", re.MULTILINE)
_DESCRIBED = re.compile(rb"^(?:Description|Subject):[ \t]*\S", re.MULTILINE | re.IGNORECASE)


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at the lines above the first change."""
    for patch in subject.recipe.patches:
        file = subject.file(patch.name)
        if file is None or not file.data:
            continue
        header = _CHANGE.split(file.data, maxsplit=1)[0]
        if not _DESCRIBED.search(header):
            yield Fault(
                subject.beside(patch.name), "the patch does not say what it is for", "begin it with Description: ..."
            )
