"""Most licenses ask that their text comes along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "license-text-missing"
SEVERITY = Severity.INFO
SUMMARY = "The package has a license and no file with its text"

_TEXT = re.compile(r"(?:LICEN[CS]E|COPYING|NOTICE|COPYRIGHT)", re.IGNORECASE)


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look for such a file."""
    if subject.recipe.license and subject.files and not any(_TEXT.match(file.name) for file in subject.files):
        message = f"the package is {subject.recipe.license} and has no file LICENSE, COPYING or NOTICE"
        yield Fault(member(".GuildPkg"), message, "copy upstream's to $pkgdir")
