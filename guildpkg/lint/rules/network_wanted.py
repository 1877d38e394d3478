"""A build that downloads gives another package tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "network-wanted"
SEVERITY = Severity.WARNING
SUMMARY = "The recipe asks for the network in its hooks"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look at network."""
    if subject.recipe.network:
        message = "the hooks want the network: what they fetch is neither pinned nor checked"
        yield Fault(subject.at("build", "network"), message, "make it a source, or give the reason in [lint]")
