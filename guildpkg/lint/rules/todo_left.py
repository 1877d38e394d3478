"""`guild init --package` leaves TODO lines where work is to be done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "todo-left"
SEVERITY = Severity.WARNING
SUMMARY = "The packager still has a TODO"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for the word."""
    if subject.script is None:
        return
    for number, line in enumerate(subject.script.text.splitlines(), start=1):
        if re.search(r"\bTODO\b", line):
            yield Fault(subject.script.at(number), f"still to be done: {line.strip()[:60]}")
