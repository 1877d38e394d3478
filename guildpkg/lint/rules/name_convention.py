"""Names say what a package is: ``-src`` for code to train, ``+DATASET`` for a trained model."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import PROJECT_FILES, TEMPLATE_FILES, RecipeSubject

ID = "name-convention"
SEVERITY = Severity.WARNING
SUMMARY = "A package of training code is not named NAME-src, or a `+` in a name is not followed by a data set"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at the name."""
    name = subject.recipe.name
    where = subject.at("package", "name")
    if re.search(r"\+(?![a-z0-9])", name):
        yield Fault(where, f"{name}: the + is not followed by a data set", "a trained model is called MODEL+DATASET")
    elif subject.upstream and _has_project(subject) and not name.endswith("-src") and "+" not in name:
        yield Fault(where, f"{name} packages code to train", f"call it {name}-src")


def _has_project(subject: RecipeSubject) -> bool:
    """Tell code from data: who packages code brings a project file."""
    return any(posixpath.basename(source.text) in (*PROJECT_FILES, *TEMPLATE_FILES) for source in subject.local)
