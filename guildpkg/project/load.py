"""A folder -> its project: finds ``guild.yml`` and ``Guild``, reads them, and joins what they say.

With both files, ``guild.yml`` defines models, operations and resources, and ``Guild`` adds what is shown: project,
views, fields, series and templates.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.digests import sha256
from guildpkg.core.project.model import Project
from guildpkg.core.project.tree import Node
from guildpkg.errors import Fault, NoProject, ProjectError, Where
from guildpkg.lean import dataclass
from guildpkg.project.notes import Notes
from guildpkg.project.parts import Parts
from guildpkg.project.yaml_memory import read_remembered
from guildpkg.project.yaml_tree import MOST_BYTES, read_tree

if TYPE_CHECKING:
    from guildpkg.project.yaml_objects import Read
    from guildpkg.project.yaml_reader import Templates

YAML = "guild.yml"
INI = "Guild"


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of reading a project.

    Attributes:
        project: None when there are faults.
        faults: What is wrong.
        warnings: What is odd.
    """

    project: Project | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def find_folder(cwd: Path) -> Path | None:
    """Find the nearest folder with a project file: *cwd* or one of its parents."""
    for folder in (cwd, *cwd.parents):
        if files_in(folder):
            return folder
    return None


def files_in(folder: Path) -> tuple[str, ...]:
    """Name the project files of a folder."""
    # the listing and not the name decides: some file systems take guild for Guild
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError:
        return ()
    return tuple(name for name in (YAML, INI) if name in names and (folder / name).is_file())


def load(
    folder: Path, *, shown: str = "", files: tuple[str, ...] = (), installed: str = "", memory: Path | None = None
) -> Project:
    """Read the project of a folder.

    Args:
        folder: The folder.
        shown: The folder as the user knows it, for messages; empty for the current one.
        files: The project files to read instead of those that are there.
        installed: ``NAME-VERSION`` of the installed package that the folder is, or empty.
        memory: Folder in which it is remembered what the files hold (`project.yaml_memory`); None for nowhere.

    Raises:
        ProjectError: Something is wrong in its files; all of it.
        NoProject: The folder has no project file.
    """
    examined = examine(folder, shown=shown, files=files, installed=installed, memory=memory)
    if examined.project is None:
        raise ProjectError(examined.faults)
    return examined.project


def examine(
    folder: Path, *, shown: str = "", files: tuple[str, ...] = (), installed: str = "", memory: Path | None = None
) -> Examined:
    """Read the project of a folder, and give its faults instead of raising them; see `load`.

    Raises:
        NoProject: The folder has no project file.
    """
    names = files or files_in(folder)
    if not names:
        hint = "`guild init --project` begins one"
        raise NoProject(f"there is no guild.yml and no Guild in {shown or 'the current folder'}", hint=hint)
    notes = Notes()
    project: Project | None = None
    with contextlib.suppress(ProjectError):
        # what ends the reading at once is among the notes too
        project = replace(_read_both(folder, shown, names, notes, memory), installed=installed)
    faults, warnings = (tuple(sorted(found, key=_place)) for found in (notes.faults, notes.warnings))
    return Examined(None if faults else project, faults, warnings)


def _read_both(folder: Path, shown: str, names: tuple[str, ...], notes: Notes, memory: Path | None) -> Project:
    of_ini = next((name for name in names if not is_yaml(name)), "")
    of_yaml = next((name for name in names if is_yaml(name)), "")
    ini = _ini(folder, shown, of_ini, notes) if of_ini else None
    yaml = _yaml(of_yaml, shown, partial(_tree, folder, memory), partial(_templates, ini), notes) if of_yaml else None
    if ini and yaml:
        _check_both(ini, yaml, notes)
    first, second = (yaml, ini) if yaml else (ini, None)
    assert first is not None
    return _joined(folder, first, second, notes)


def _templates(ini: Parts | None) -> Mapping[str, Mapping[str, str]]:
    """Give the built-in templates and those of a ``Guild``; a project without a view never asks."""
    from guildpkg.project.ini_sections import builtin_templates

    return {**builtin_templates(), **(ini.templates if ini else {})}


def is_yaml(name: str) -> bool:
    """Tell by its name whether a project file is YAML."""
    return name.lower().endswith((".yml", ".yaml"))


def _yaml(name: str, shown: str, read: Read, templates: Templates, notes: Notes) -> Parts:
    from guildpkg.project.yaml_reader import read_yaml  # whoever stands in no project lists runs sooner without

    return read_yaml(name, shown, read, templates, notes)


def _ini(folder: Path, shown: str, name: str, notes: Notes) -> Parts:
    place = os.path.join(shown, name)  # noqa: PTH118 - as the user knows it
    try:
        text = _read(folder, name).decode("utf-8-sig")
    except ProjectError as error:
        notes.fault(Where(place), error.faults[0].message)
        return Parts(files=(place,))
    except UnicodeDecodeError:
        notes.fault(Where(place), "the file is not UTF-8 text", "save it as UTF-8")
        return Parts(files=(place,))
    from guildpkg.project.ini_reader import read_ini  # most projects have a guild.yml, and start sooner without

    return read_ini(text, place, notes)


def _tree(folder: Path, memory: Path | None, name: str, place: str) -> Node | None:
    data = _read(folder, name)
    if memory is None:
        return read_tree(data, place)
    own = sha256(os.path.abspath(folder / name).encode(errors="surrogateescape"))  # noqa: PTH100 - links stay links
    return read_remembered(data, place, memory / f"{own[:32]}.json")


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            raise ProjectError([Fault(Where(""), f"{name} {what}")])
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no path"
        raise ProjectError([Fault(Where(""), f"{name} cannot be read: {reason}")]) from error
    if len(data) > MOST_BYTES:
        raise ProjectError([Fault(Where(""), f"{name} is larger than {MOST_BYTES >> 20} MiB")])
    return data


def _check_both(ini: Parts, yaml: Parts, notes: Notes) -> None:
    known = {model.name: model for model in yaml.models}
    for model in ini.models:
        if model.name in known:
            message = f"the model {model.name!r} is defined in both project files"
            notes.fault(model.where, message, f"the other is at {known[model.name].where}")
        else:
            notes.warn(model.where, f"the model {model.name!r} does not count: guild.yml defines the models")
    for where in ini.flagged:
        notes.warn(where, "this section does not count: guild.yml defines the flags and resources")


def _joined(folder: Path, first: Parts, second: Parts | None, notes: Notes) -> Project:
    dialect = "yaml" if is_yaml(first.files[0]) else "ini"
    both = (first, second) if second else (first,)
    confirm = next((part.confirm for part in both if part.confirm is not None), dialect == "yaml")
    views = {view.name: view for part in reversed(both) for view in part.views}
    _check_views(first, list(views), notes)
    for root, where in (pair for part in both for pair in part.runroots):
        notes.warn(where, f"runroot has no effect: runs are kept under GUILD_HOME, not in {root}")
    return Project(
        dir=str(folder),
        files=tuple(name for part in both for name in part.files),
        dialect=dialect,
        title=next((part.title for part in both if part.title), folder.name),
        description=next((part.description for part in both if part.description), ""),
        confirm=confirm,
        models=first.models,
        views=tuple(views.values()),
        fields=tuple({field.name: field for part in reversed(both) for field in part.fields}.values()),
        series=tuple({series.name: series for part in reversed(both) for series in part.series}.values()),
        runroots=tuple(root for part in both for root, _ in part.runroots),
        package=first.package,
        warnings=tuple(sorted(notes.warnings, key=_place)),
        profiles=first.profiles,
        prepared=first.prepared,
    )


def _check_views(first: Parts, names: list[str], notes: Notes) -> None:
    for model in first.models:
        if model.view and model.view not in names:
            notes.warn(model.where, f"the model {model.name!r} names the view {model.view!r}, which is not defined")


def _place(fault: Fault) -> tuple[str, int]:
    return fault.where.file, fault.where.line
