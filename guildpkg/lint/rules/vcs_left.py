"""The history of a version control system does not belong into a package."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "vcs-left"
SEVERITY = Severity.WARNING
SUMMARY = "A folder of a version control system is in the package"

_FOLDERS = (".git", ".hg", ".svn", ".bzr", "CVS", "_darcs", ".jj")


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look at folders; each is named once."""
    seen: set[str] = set()
    for file in subject.files:
        parts = file.path.split("/")
        at = next((place for place, part in enumerate(parts[:-1], start=1) if part in _FOLDERS), 0)
        top = "/".join(parts[:at]) + "/"
        if at and top not in seen:
            seen.add(top)
            yield Fault(member(top), "this belongs to a version control system", "do not copy it to $pkgdir")
