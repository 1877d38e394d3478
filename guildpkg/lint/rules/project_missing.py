"""A `-src` package is there to be trained, and guild trains projects."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "project-missing"
SEVERITY = Severity.WARNING
SUMMARY = "A `-src` package has no project file"


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look for a project file."""
    if subject.recipe.name.endswith("-src") and subject.files and subject.project is None:
        folder = f"{subject.recipe.project}/" if subject.recipe.project else ""
        message = f"there is neither {folder}Guild nor {folder}guild.yml, so that nothing can be trained"
        yield Fault(member(".GuildPkg"), message, "list Guild.in in source, and copy Guild to $pkgdir")
