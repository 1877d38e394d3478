"""Names of a project and of installed packages, as a shell offers them between two keys: nothing is written."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from guildpkg.core.project.find import Listed
from guildpkg.core.project.model import Project
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.pipeline.project.here import find_project, installed_folders, installed_project, listed_models
from guildpkg.pipeline.project.listing import model_rows, operation_rows, resource_rows

Offer = tuple[str, str]
"""What may be typed, and what it is."""
MOST_READ: Final = 20
"""Installed packages whose projects are read; of more than that only the names are offered."""
_ROWS: Final = {"models": model_rows, "operations": operation_rows, "resources": resource_rows}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the user stands.

    Attributes:
        cwd: The folder.
        home: ``$GUILD_HOME``.
        project: The project there; None where there is none, or where it cannot be read.
    """

    cwd: Path
    home: Path
    project: Project | None

    @property
    def listed(self) -> tuple[Listed, ...]:
        """The models of the project."""
        return listed_models(self.project, self.cwd)


def standing(cwd: Path, home: Path, *, directory: str = "", project_file: str = "") -> Standing:
    """Look where the user stands; a project with faults is none, and nothing is remembered of any."""
    project = None
    with contextlib.suppress(GuildError, OSError):
        project = find_project(cwd, directory=directory, project_file=project_file)
    return Standing(cwd, home, project)


def packages_begun(home: Path, begun: str) -> tuple[Path, ...]:
    """Give the folders of the installed packages that a beginning of ``PACKAGE/MODEL`` can mean."""
    named = [(f"{folder.name.rpartition('-')[0]}/", folder) for folder in installed_folders(home)]
    return tuple(folder for name, folder in named if name.startswith(begun) or begun.startswith(name))


def models_of(folders: tuple[Path, ...]) -> tuple[Listed, ...]:
    """List the models of installed packages; those whose projects cannot be read have none, as all beyond the first."""
    found = []
    for folder in folders[:MOST_READ]:
        with contextlib.suppress(GuildError, OSError):
            project = installed_project(folder)
            found += [project] if project else []
    return listed_models(None, Path(), found)


def offered_names(where: Standing, kind: str, begun: str, *, everything: bool) -> list[Offer]:
    """Offer what a listing can be limited to.

    Args:
        where: Where the user stands.
        kind: ``models``, ``operations`` or ``resources``.
        begun: What was typed of the name.
        everything: True for installed packages too; they are listed in any case where there is no project.
    """
    others = models_of(packages_begun(where.home, begun)) if everything or where.project is None else ()
    rows = _ROWS[kind]((*where.listed, *others), ())
    short = "" if begun.startswith(".") else "./"
    names = ((row.name.removeprefix(short), row.description) for row in rows)
    return [(name, about) for name, about in names if name.startswith(begun)]
