"""A model whose module is not in the package fails when it is trained, not before."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint import projects
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "module-missing"
SEVERITY = Severity.ERROR
SUMMARY = "The project names a module that the package does not hold"


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look up each module of the project."""
    project = subject.project
    if project is None or project.name != "Guild":
        return
    paths = {file.path for file in subject.files}
    folder = subject.recipe.project
    for use in projects.named(project.text, project.path):
        there = projects.found(use.name, paths, folder=folder)
        if not there and not projects.foreign(use, subject.recipe, paths, folder=folder):
            message = f"the package does not hold the module {use.name} of {use.model}"
            yield Fault(member(project.path, use.line), message, projects.near(use.name, paths))
