"""What one project file says, before both are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from guildpkg.core.project.model import Model, ProjectPackage
from guildpkg.core.project.parts import Field, Series, View
from guildpkg.errors import Where
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """What a project file says; empty where it says nothing.

    Attributes:
        files: The file and those that it includes, as the user knows them.
        confirm: None when the file leaves it to its dialect.
        runroots: Folders for runs, with where they are named: for a warning.
        profiles: Profiles that belong to no model.
        flagged: Places of sections that only count in the file that defines the models.
        templates: Attributes of the templates that it defines.
    """

    files: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    confirm: bool | None = None
    models: tuple[Model, ...] = ()
    prepared: tuple[Model, ...] = ()
    views: tuple[View, ...] = ()
    fields: tuple[Field, ...] = ()
    series: tuple[Series, ...] = ()
    runroots: tuple[tuple[str, Where], ...] = ()
    package: ProjectPackage | None = None
    profiles: tuple[str, ...] = ()
    flagged: tuple[Where, ...] = ()
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
