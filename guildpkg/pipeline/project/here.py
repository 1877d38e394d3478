"""Where the user stands -> the project there, and every model that can be named from there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.names import canonical_version
from guildpkg.core.project.find import Listed
from guildpkg.core.project.model import Project
from guildpkg.errors import Fault, GuildError, NoProject, ProjectError, UsageFault
from guildpkg.lean import dataclass
from guildpkg.project.load import Examined, examine, files_in, find_folder, load

_MANIFEST = ".GuildPkg"


@dataclass(frozen=True, slots=True)
class Located:
    """The project that the user stands in, whether its file is sound or not.

    Attributes:
        dir: Its folder, as `Project.dir`.
        project: None when there are faults.
        faults: What is wrong in its file.
    """

    dir: str
    project: Project | None
    faults: tuple[Fault, ...]


def find_project(cwd: Path, *, directory: str = "", project_file: str = "", home: Path | None = None) -> Project | None:
    """Read the project that the user stands in; None when there is none.

    Args:
        cwd: Where the user stands; the nearest folder upwards with a project file is the project.
        directory: ``-P DIR``: that folder and no other.
        project_file: ``--project-file FILE``: that file alone; its folder is the project's.
        home: ``$GUILD_HOME``, to remember there what was read; None to remember nothing.

    Raises:
        ProjectError: The project file is not sound.
        NoProject: A folder or file was named, and there is no project.
    """
    found = locate_project(cwd, directory=directory, project_file=project_file, home=home)
    if found is not None and found.project is None:
        raise ProjectError(found.faults)
    return found.project if found else None


def locate_project(
    cwd: Path, *, directory: str = "", project_file: str = "", home: Path | None = None
) -> Located | None:
    """Say where the project is that the user stands in; None when there is none. The arguments are `find_project`'s.

    Raises:
        NoProject: A folder or file was named, and there is no project.
    """
    place = _place(cwd, directory, project_file)
    if place is None:
        return None
    found = examine(place[0], shown=place[1], files=place[2], memory=_memory(home) if home else None)
    return Located(str(place[0]), found.project, found.faults)


def _memory(home: Path) -> Path:
    """Say where it is remembered what project files hold; it may be deleted at any time."""
    return home / "cache" / "projects"


def project_folder(cwd: Path, *, directory: str = "", project_file: str = "") -> str:
    """Say where the project lies that the user stands in, without reading it; empty when there is none.

    Raises:
        NoProject: A folder or file was named, and there is no project.
    """
    place = _place(cwd, directory, project_file)
    return "" if place is None else str(place[0])


def examine_project(cwd: Path, *, directory: str = "", project_file: str = "") -> Examined | None:
    """Read the project that the user stands in with its faults and warnings; None when there is none.

    Raises:
        NoProject: A folder or file was named, and there is no project.
    """
    place = _place(cwd, directory, project_file)
    return None if place is None else examine(place[0], shown=place[1], files=place[2])


def _place(cwd: Path, directory: str, project_file: str) -> tuple[Path, str, tuple[str, ...]] | None:
    """Give the folder, how it is shown, and which files are to be read."""
    if project_file:
        if directory:
            raise UsageFault("-P names a folder and --project-file a file: give one of them")
        path = cwd / project_file
        if not path.is_file():
            raise NoProject(f"{project_file} is no file")
        return path.parent, os.path.dirname(project_file), (path.name,)  # noqa: PTH120 - as the user wrote it
    if directory:
        if not (cwd / directory).is_dir():
            raise NoProject(f"{directory} is no folder")
        if not files_in(cwd / directory):
            raise NoProject(f"there is no guild.yml and no Guild in {directory}")
        return cwd / directory, "" if directory == "." else directory, ()
    folder = find_folder(cwd)
    if folder is None:
        return None
    shown = os.path.relpath(folder, cwd)
    return folder, "" if shown == "." else shown, ()


def listed_models(project: Project | None, cwd: Path, others: Sequence[Project] = ()) -> tuple[Listed, ...]:
    """List models with the names that they have from where the user stands.

    Args:
        project: The project that the user stands in, or None.
        cwd: Where the user stands.
        others: Projects of installed packages.
    """
    found = [Listed(project, model, _prefix(project, cwd)) for model in project.models] if project else []
    for other in others:
        name = other.installed.rpartition("-")[0] or other.installed
        found += [Listed(other, model, f"{name}/") for model in other.models]
    return tuple(found)


def _prefix(project: Project, cwd: Path) -> str:
    shown = os.path.relpath(project.dir, cwd)
    return "./" if shown == "." else f"{shown}/" if shown.startswith("..") else f"./{shown}/"


def installed_projects(home: Path, report: Reporter) -> tuple[Project, ...]:
    """Read the projects of all installed packages, of each its newest version.

    Args:
        home: ``$GUILD_HOME``.
        report: Told of packages whose project cannot be read; they are left out.
    """
    found = []
    for folder in installed_folders(home):
        try:
            project = installed_project(folder)
        except (GuildError, OSError) as error:
            report(Warn(f"the project of {folder.name} cannot be read: {str(error).splitlines()[0]}"))
            continue
        found += [project] if project else []
    return tuple(found)


def installed_folders(home: Path) -> tuple[Path, ...]:
    """Give the folders of all installed packages, of each its newest version."""
    packages = home / "packages"
    names = _newest(path.name for path in packages.iterdir()) if packages.is_dir() else ()
    return tuple(packages / name for name in names)


def _newest(entries: Iterable[str]) -> tuple[str, ...]:
    """Keep of each package the entry with the greatest version; what is no ``NAME-VERSION`` is left out."""
    by_name: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        name, _, text = entry.rpartition("-")
        if name and canonical_version(text) is not None:
            by_name.setdefault(name, []).append((text, entry))
    return tuple(_greatest(found) if found[1:] else found[0][1] for _, found in sorted(by_name.items()))


def _greatest(found: Sequence[tuple[str, str]]) -> str:
    from packaging.version import Version  # where nothing is installed twice, nothing has to be compared

    return max(found, key=lambda item: (Version(item[0]), item[1]))[1]


def installed_project(folder: Path) -> Project | None:
    """Read the project of an installed package; None when it has none.

    Raises:
        ProjectError: Its project file is not sound.
        GuildError: Its manifest is not sound.
    """
    place = project_place(folder)
    if place is None or not files_in(place):
        return None
    shown = folder.name if place == folder else f"{folder.name}/{place.relative_to(folder)}"
    # a run goes on in the tree as it was, whatever is installed or removed meanwhile; `guild gc` keeps it as long
    return replace(load(place.resolve(), shown=shown, installed=folder.name), link=str(place))


def project_place(folder: Path) -> Path | None:
    """Say where the project of an installed package lies: where its manifest says (``project``), else at its root.

    Raises:
        GuildError: Its manifest is not sound.
    """
    place = folder
    manifest = folder / _MANIFEST
    if manifest.is_file():
        from guildpkg.core.archive.manifest_reader import parse_sections

        sections = parse_sections(manifest.read_bytes(), name=folder.name)
        told = [dict(kept.attrs).get("project", "") for kept in sections if (kept.type, kept.names) == ("package", ())]
        place = folder.joinpath(*told)
    return place if place.resolve().is_relative_to(folder.resolve()) else None
