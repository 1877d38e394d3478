"""An archive with nothing but its manifest: the packager copied nothing."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "package-empty"
SEVERITY = Severity.ERROR
SUMMARY = "The package holds no file"


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look for any file."""
    if not subject.files:
        yield Fault(member(".GuildPkg"), "the package is empty", "copy files to $pkgdir in the package hook")
