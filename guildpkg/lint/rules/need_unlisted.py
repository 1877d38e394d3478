"""What a project takes its data from has to be installed with it."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint import projects
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "need-unlisted"
SEVERITY = Severity.WARNING
SUMMARY = "The project takes data from a package that `[requires]` does not list"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare ``requires = PACKAGE:FOLDER`` of the project with the recipe."""
    listed = {need.name for need in subject.recipe.packages}
    for file in subject.projects:
        for use in projects.needed(file.text, file.path):
            if use.name not in listed:
                message = f"{use.model} takes data from {use.name}, which [requires] does not list"
                where = subject.beside(file.path, use.line)
                yield Fault(where, message, f"add {use.name} >= VERSION to packages in [requires]")
