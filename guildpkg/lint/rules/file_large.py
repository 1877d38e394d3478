"""What is large is downloaded again with every version of the package."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.core.words import in_bytes
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "file-large"
SEVERITY = Severity.INFO
SUMMARY = "A file is larger than 100 MB"

LARGE = 100_000_000
"""Bytes."""


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look at the sizes."""
    for file in subject.files:
        if file.size > LARGE:
            message = f"this has {in_bytes(file.size)}"
            yield Fault(
                member(file.path), message, "make data a package of its own, so that code can change without it"
            )
