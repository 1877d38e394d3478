"""On file systems that ignore case or the form of Unicode, one of such files is lost."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.core.archive.layout import collisions
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "name-collision"
SEVERITY = Severity.ERROR
SUMMARY = "Two names differ only in case, or in the way that Unicode writes a character"


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Compare the names as those file systems do."""
    for first, second in collisions(file.path.encode("utf-8", "surrogateescape") for file in subject.files):
        other = first.decode("utf-8", "surrogateescape")
        where = member(second.decode("utf-8", "surrogateescape"))
        yield Fault(where, f"on macOS and Windows this is one file with {other}", "rename one of them")
