"""A file that is no program should not say that it is one."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "executable-data"
SEVERITY = Severity.WARNING
SUMMARY = "A file that is neither script nor binary is executable"

_PROGRAMS = (b"#!", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
"""How scripts and binaries of Linux, macOS and Windows begin."""


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look at the first bytes of what is executable."""
    for file in subject.files:
        if file.executable and file.link is None and not file.data.startswith(_PROGRAMS):
            yield Fault(member(file.path), "this is executable and no program", "chmod 644 it in the package hook")
