"""A path of the machine that built the package means nothing on another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "build-path"
SEVERITY = Severity.WARNING
SUMMARY = "A text names a folder of the machine that built it"


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look for each of the paths, as a whole; a file is named once."""
    paths = "|".join(re.escape(path) for path in subject.build_paths)
    named = re.compile(rf"(?<![\w.~$}})-])(?:{paths})(?![\w-])")
    for file in subject.files:
        found = named.search(file.text) if paths else None
        if found is not None:
            line = file.text.count("\n", 0, found.start()) + 1
            message = f"{found[0]} is a folder of the machine that built the package"
            yield Fault(member(file.path, line), message, "replace it in a hook")
