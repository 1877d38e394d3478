"""What lint has to say, as values."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from guildpkg.errors import Fault, Where
from guildpkg.lean import dataclass


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The package will not build, install or train as it stands; lint fails."""

    WARNING = "warning"
    """Something that bites later: on another machine, next month, after an upgrade."""

    INFO = "info"
    """Good manners: what a reader of the package would like to see."""


ORDER = tuple(Severity)
"""The severities, worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found.

    Attributes:
        rule: Stable id of the rule.
        severity: The rule's severity.
        where: The file, as the user knows it, and the line; a member of an archive is named ``./PATH``.
        message: What is wrong.
        hint: What to do, or empty.
        suppressed: The reason given in ``[lint]`` for not showing it, or empty.
    """

    rule: str
    severity: Severity
    where: Where
    message: str
    hint: str = ""
    suppressed: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.where}: {self.severity}: {self.message}{hint} [{self.rule}]"

    def to_json(self) -> dict[str, str | int | None]:
        """Give the finding as JSON takes it."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "file": self.where.file,
            "line": self.where.line or None,
            "message": self.message,
            "hint": self.hint or None,
            "suppressed": self.suppressed or None,
        }


def finding(rule: str, severity: Severity, fault: Fault) -> Finding:
    """Make a finding out of what a rule yields."""
    return Finding(rule, severity, fault.where, fault.message, fault.hint)


@dataclass(frozen=True, slots=True)
class Report:
    """All that lint found in one recipe or archive.

    Attributes:
        target: The recipe folder or archive as the user named it.
        findings: What is to be shown: worst first, then by place.
        suppressed: What the recipe's ``[lint]`` section switches off, each with its reason.
    """

    target: str
    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there is an error, for which lint exits with 1."""
        return any(found.severity is Severity.ERROR for found in self.findings)

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity, worst first; those that are suppressed do not count."""
        counted = Counter(found.severity for found in self.findings)
        return {severity: counted[severity] for severity in ORDER}

    def to_json(self) -> dict[str, object]:
        """Give the report as JSON takes it; suppressed findings are among the others, with their reason."""
        return {
            "target": self.target,
            "failed": self.failed,
            "counts": {str(severity): number for severity, number in self.counts.items()},
            "findings": [found.to_json() for found in (*self.findings, *self.suppressed)],
        }


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort findings: worst first, then by file and line."""
    return tuple(
        sorted(findings, key=lambda found: (ORDER.index(found.severity), found.where, found.rule, found.message))
    )
