"""A hook with a typing error in its name never runs, and nothing says so."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator

from guildpkg.core.recipe.model import HOOKS
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.scripts import Script
from guildpkg.lint.subject import RecipeSubject

ID = "hook-unknown"
SEVERITY = Severity.WARNING
SUMMARY = "A function of the packager is named almost like a hook"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare function names with the hooks."""
    if subject.script is not None:
        yield from mistyped(subject.script)


def mistyped(script: Script) -> Iterator[Fault]:
    """Find the functions of a packager that are named almost like a hook, and that nothing in it calls."""
    names = [name for name, _ in script.functions]
    words = Counter(re.findall(r"[\w-]+", script.text))
    free = [hook for hook in HOOKS if hook not in names]
    for name, line in script.functions:
        close = difflib.get_close_matches(name.lower(), free, n=1, cutoff=0.8)
        if close and name not in HOOKS and words[name] == 1 and not name.startswith("_"):
            yield Fault(script.at(line), f"{name} is not a hook and nothing calls it", f"did you mean {close[0]}?")
