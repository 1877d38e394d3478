"""A project that names a module which is in no source cannot train."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint import projects
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "source-module-missing"
SEVERITY = Severity.WARNING
SUMMARY = "The project names a module that is in none of the sources"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look each module up among local sources and in src/."""
    if subject.upstream and subject.built is None:
        return  # what upstream has is not known before the first build
    there = {path for path in subject.files if subject.laid(path)} | (subject.built or set())
    for file in subject.projects:
        for use in projects.named(file.text, file.path):
            if not projects.found(use.name, there, anywhere=True) and not projects.foreign(use, subject.recipe, there):
                message = f"the module {use.name} of {use.model} is in none of the sources"
                yield Fault(subject.beside(file.path, use.line), message, projects.near(use.name, there))
