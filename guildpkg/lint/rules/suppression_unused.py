"""A reason that is no longer needed hides the next mistake."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import Suppressions

ID = "suppression-unused"
SEVERITY = Severity.INFO
SUMMARY = "The section [lint] switches off a rule that finds nothing"


def check(subject: Suppressions) -> Iterator[Fault]:
    """Look for rules that had nothing to hide."""
    for rule in subject.allowed:
        if rule in subject.here and rule not in subject.hit:
            yield Fault(subject.at(rule), f"{rule} finds nothing any more", "remove the line")
