"""Patches are applied by `git apply`, which reads unified diffs and its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.core.patches.diffs import read_diffs
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "patch-format"
SEVERITY = Severity.ERROR
SUMMARY = "A patch is neither a unified nor a git diff"

_CONTEXT = re.compile(rb"^\*\*\* .*\n--- .*\n\*{15}", re.MULTILINE)


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for changes."""
    for patch in subject.recipe.patches:
        file = subject.file(patch.name)
        if file is None or len(file.data) < file.size:
            continue
        if _CONTEXT.search(file.data):
            yield Fault(subject.beside(patch.name), "the patch is a context diff", "make it with diff -u or git diff")
        elif not any(diff.is_git or diff.hunks for diff in read_diffs(file.data)):
            yield Fault(
                subject.beside(patch.name), "there is no change in the patch", "make it with diff -u or git diff"
            )
