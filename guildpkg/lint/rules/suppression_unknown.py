"""A rule that does not exist cannot be switched off."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.core.words import nearest
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import Suppressions

ID = "suppression-unknown"
SEVERITY = Severity.WARNING
SUMMARY = "The section [lint] names a rule that does not exist"


def check(subject: Suppressions) -> Iterator[Fault]:
    """Look each rule up."""
    for rule in subject.allowed:
        if rule not in subject.known:
            close = nearest(rule, subject.known)
            hint = f"did you mean {close}?" if close else "docs/lint.md lists the rules"
            yield Fault(subject.at(rule), f"there is no rule {rule}", hint)
