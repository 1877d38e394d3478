"""A packager without a hook does nothing, and then every source is copied."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.core.recipe.model import HOOKS
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "hooks-missing"
SEVERITY = Severity.WARNING
SUMMARY = "The packager defines no hook"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for any hook."""
    script = subject.script
    if script is not None and not script.faults and not any(name in HOOKS for name, _ in script.functions):
        yield Fault(script.where, "the packager defines no hook", f"the hooks are {', '.join(HOOKS)}")
