"""``guild help``: a project as a page to read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from guildpkg.core.project.find import Listed
from guildpkg.core.project.model import Flag, Operation, Project
from guildpkg.errors import NoProject
from guildpkg.pipeline.project.here import find_project, installed_folders, installed_project, listed_models
from guildpkg.pipeline.project.listing import flag_text, model_rows, operation_rows, resource_rows

_WIDTH = 78
_OVERVIEW = (
    "Run an operation with 'guild run MODEL:OPERATION'; 'guild train MODEL' runs the one called train.",
    "Set its flags with FLAG=VALUE; 'guild operations -v' lists them.",
    "'guild COMMAND --help' shows the options of a command.",
)


def project_of(where: str, project_file: str, cwd: Path, home: Path) -> Project:
    """Read the project that help is wanted for.

    Args:
        where: A folder, the name of an installed package, or empty for where the user stands.
        project_file: ``--project-file FILE``, or empty.
        cwd: Where the user stands.
        home: ``$GUILD_HOME``.

    Raises:
        NoProject: There is none.
        ProjectError: Its project file is not sound.
    """
    if where and not (cwd / where).is_dir():
        package = _installed(where, home)
        if package is None:
            hint = "`guild models --all` lists what is installed"
            raise NoProject(f"no help available ({where} is neither a folder nor an installed package)", hint=hint)
        return package
    found = find_project(cwd, directory=where, project_file=project_file)
    if found is None:
        hint = "`guild init --project` begins a project, `guild --help` lists the commands"
        raise NoProject("no help available (the current directory does not contain a model file)", hint=hint)
    return found


def _installed(name: str, home: Path) -> Project | None:
    """Read the project of an installed package, named as it is or with its version; None when it has none."""
    named = {folder.name.rpartition("-")[0]: folder for folder in installed_folders(home)}
    folder = named.get(name, home / "packages" / name)
    return installed_project(folder) if folder.parent == home / "packages" and folder.is_dir() else None


def help_value(project: Project, cwd: Path) -> dict[str, Any]:
    """Give the same for programs."""
    listed = _listed(project, cwd)
    return {
        "title": project.title,
        "description": project.description,
        "files": list(project.files),
        "models": [row.value for row in model_rows(listed, ())],
        "operations": [row.value for row in operation_rows(listed, ())],
        "resources": [row.value for row in resource_rows(listed, ())],
    }


def help_text(project: Project, cwd: Path) -> str:
    """Write the page."""
    lines = ["OVERVIEW", ""]
    if project.description:
        lines += [*_wrapped(f"{project.title}: {project.description}", 4), ""]
    for paragraph in _OVERVIEW:
        lines += [*_wrapped(paragraph, 4), ""]
    lines += ["MODELS", ""]
    for item in _listed(project, cwd):
        lines += [*_model(item), ""]
    return "\n".join(lines).rstrip()


def _listed(project: Project, cwd: Path) -> Sequence[Listed]:
    return listed_models(None, cwd, [project]) if project.installed else listed_models(project, cwd)


def model_text(item: Listed) -> Iterator[str]:
    """Write what the page says of one model."""
    return (line[4:] for line in _model(item))


def operation_text(operation: Operation) -> Iterator[str]:
    """Write what an operation is and which flags it has."""
    yield operation.name
    yield from _wrapped(operation.description, 2)
    yield from _flags("Flags", operation.flags, 2)
    if operation.profiles:
        yield f"  Profiles: {', '.join(operation.profiles)}"


def _model(item: Listed) -> Iterator[str]:
    model = item.model
    yield f"    {model.name or item.full}"
    yield from _wrapped(model.description, 6)
    if model.operations:
        yield ""
        yield "      Operations:"
    for operation in model.operations:
        yield f"        {operation.name}"
        yield from _wrapped(operation.description, 10)
        inherited = {flag.name for flag in model.flags}
        yield from _flags("Flags", [flag for flag in operation.flags if flag.name not in inherited], 10)
        if operation.profiles:
            yield f"          Profiles: {', '.join(operation.profiles)}"
    yield from _flags("Model flags", model.flags, 6)
    if model.references:
        yield ""
        yield "      References:"
    for reference in model.references:
        yield f"        {reference.name + ': ' if reference.name else '- '}{reference.url}"


def _flags(title: str, flags: Sequence[Flag], indent: int) -> Iterator[str]:
    if not flags:
        return
    yield ""
    yield f"{' ' * indent}{title}:"
    width = min(max(len(flag.name) for flag in flags), 24)
    for flag in flags:
        yield f"{' ' * (indent + 2)}{flag.name:<{width}}  {flag_text(flag)}".rstrip()


def _wrapped(text: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent=space, subsequent_indent=space)
