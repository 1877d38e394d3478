"""What the recipe names has to be there, before an hour of downloading and not after it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from guildpkg.core.words import nearest
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "file-missing"
SEVERITY = Severity.ERROR
SUMMARY = "A source, patch or packager that the recipe names is not in its folder"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look each of them up."""
    for source in subject.local:
        name = posixpath.normpath(source.text)
        if name not in subject.files and not any(path.startswith(f"{name}/") for path in subject.files):
            yield Fault(source.where, f"the source {source.text} is not there", _near(source.text, subject))
    for patch in subject.recipe.patches:
        if posixpath.normpath(patch.name) not in subject.files:
            yield Fault(patch.where, f"the patch {patch.name} is not there", _near(patch.name, subject))
    packager = subject.recipe.packager
    if packager and packager not in subject.files and packager not in subject.shared:
        where = subject.at("package", "packager")
        yield Fault(
            where, f"the packager {packager} is not there and does not ship with guild", _near(packager, subject)
        )


def _near(name: str, subject: RecipeSubject) -> str:
    there = [path for path in subject.files if not path.startswith("GuildPkg")]
    close = nearest(name, [*there, *sorted(subject.shared)])
    return f"did you mean {close}?" if close else ""
