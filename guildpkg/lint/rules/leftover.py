"""Files that editors, patch programs and desktops leave behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "leftover"
SEVERITY = Severity.WARNING
SUMMARY = "A backup, a swap file or the remains of a patch is in the package"

_LEFT = re.compile(r".*~|\.#.*|#.*#|\..*\.sw[a-p]|.*\.(?:orig|rej|bak)|\.DS_Store|Thumbs\.db|desktop\.ini|\.directory")


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look at the names."""
    for file in subject.files:
        if _LEFT.fullmatch(file.name):
            yield Fault(member(file.path), "this was left behind by a program", "do not copy it to $pkgdir")
