"""A project folder without a recipe -> the package that it is: its files by the rules of source snapshots."""

from __future__ import annotations

import glob
import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.project.model import Project, ProjectPackage, PythonModule
from guildpkg.core.words import in_bytes
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.lint.rules.secret_left import looks_secret
from guildpkg.pipeline.package.implied import Implied, LeftOut, checked
from guildpkg.pipeline.package.lay import listed
from guildpkg.project.load import files_in, load
from guildpkg.recipe.folder import MOST_OWN, RECIPE
from guildpkg.recipe.template import name_from
from guildpkg.run.snapshot import LARGEST, UNSEEN, Choice, plan_snapshot

MOST: Final = 10_000
"""Files that are taken without being asked for."""
_LIMITS: Final = ("larger than", "more than")
PRIVATE: Final = "it looks like a secret; --include takes it all the same"
_OURS: Final = ("*.pkg.tar.xz", "*.pkg.tar.zst", "*.build.json")
Rules = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Globs:
    """What the user says of files: globs of those to take, and of those to leave out, which count more."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    @property
    def rules(self) -> Rules:
        """The same as rules of a snapshot."""
        return (*(("include", item) for item in self.include), *(("exclude", item) for item in self.exclude))


def is_project(folder: Path) -> bool:
    """Tell a project without a recipe, which is packaged as it is."""
    return not (folder / RECIPE).exists() and bool(files_in(folder))


def project_at(folder: Path, shown: str) -> Project:
    """Read a project.

    Raises:
        ProjectError: Its files are not sound.
    """
    return load(folder.resolve(), shown="" if shown == "." else shown)


def suggested_name(project: Project) -> str:
    """Make a name for the package out of the project's."""
    return name_from(project.title or Path(project.dir).name)


def of_project(project: Project, name: str, version: str, globs: Globs, report: Reporter) -> Implied:
    """Say what the package of a project is.

    Args:
        project: The project.
        name: Name of the package.
        version: Its version.
        globs: What the user says of files.
        report: Told of files that are missed.

    Raises:
        UsageFault: Name or version are none.
        GuildError: Its files come to more than an archive carries, or it is of files outside of its folder.
    """
    name, version = checked(name, version)
    about = project.package or ProjectPackage(name)
    taken, left_out = _chosen(project, globs)
    _tell(left_out, report)
    size = sum(choice.size for choice in taken)
    if size > MOST_OWN:
        message = f"the files come to {in_bytes(size)}, and a package of a project holds at most {in_bytes(MOST_OWN)}"
        hint = "leave some out (--exclude GLOB) and let a resource fetch them, or write a recipe"
        raise GuildError(message, hint=hint)
    root = Path(project.dir)
    return Implied(
        name=name,
        version=version,
        about={
            "description": about.description or project.description,
            "license": about.license,
            "url": about.url,
            "maintainer": about.maintainer,
        },
        python=about.requires,
        files={choice.path: root / choice.path for choice in taken},
        left_out=left_out,
        where=about.where,
    )


def _tell(left_out: Sequence[LeftOut], report: Reporter) -> None:
    """Warn of files that are left out for no fault of their own."""
    for limit in dict.fromkeys(item.why for item in left_out if item.why.startswith(_LIMITS)):
        paths = [item.path for item in left_out if item.why == limit]
        if UNSEEN in paths:
            raise GuildError(f"the project has {limit}", hint="write a recipe, which names the folders that count")
        report(Warn(f"left out as {limit}: {listed(paths)}; --include takes what is needed"))


def _chosen(project: Project, globs: Globs) -> tuple[list[Choice], list[LeftOut]]:
    """Choose the files: those that the snapshot of any operation takes, and those that the project names."""
    root = Path(project.dir)
    last: Rules = (*(("exclude", item) for item in _OURS), *_named(project), *globs.rules)
    operations = [operation for model in project.models for operation in model.operations if operation.snapshot]
    wanted = {f"rule: include {pattern}" for pattern in globs.include}
    firsts = dict.fromkeys(tuple((rule.action, rule.pattern) for rule in op.sourcecode) for op in operations)
    taken: dict[str, Choice] = {}
    others: dict[str, LeftOut] = {}
    for first in firsts or ((),):
        for choice in plan_snapshot(root, (*first, *last), most=MOST).choices:
            if choice.taken and choice.why not in wanted and is_secret(root / choice.path):
                others[choice.path] = LeftOut(choice.path, PRIVATE)
            elif choice.taken:
                taken[choice.path] = choice
            else:
                others[choice.path] = LeftOut(choice.path, choice.why)
    left = (item for path, item in others.items() if not any(_same_or_below(known, path) for known in taken))
    return [taken[path] for path in sorted(taken)], sorted(left, key=lambda item: item.path)


def _same_or_below(known: str, path: str) -> bool:
    return known == path or (path.endswith("/") and known.startswith(path))


def is_secret(path: Path) -> bool:
    """Tell whether a file is a key or holds passwords, by its name and its beginning."""
    with path.open("rb") as file:
        return looks_secret(path.name, file.read(LARGEST))


def _named(project: Project) -> Iterator[tuple[str, str]]:
    """Give rules that take what the project needs: its own files, its data files, main modules, files of resources."""
    shown = os.path.dirname(project.files[0])  # noqa: PTH120 - as the user knows it
    own = [os.path.relpath(name, shown or ".") for name in project.files]
    if outside := [name for name in own if _leaves(name)]:
        message = f"{project.files[0]} includes {listed(outside)}, which would not be in the package"
        raise GuildError(message, hint="copy it into the folder of the project")
    yield from (("include", glob.escape(name)) for name in own)
    yield from (("include", pattern) for pattern in (project.package.data_files if project.package else ()))
    for name in (*_main_modules(project), *_resource_files(project)):
        above = [parent.as_posix() for parent in PurePosixPath(name).parents if parent.name]
        yield from (("include", glob.escape(place)) for place in (*above, name))
        yield "include", f"{glob.escape(name)}/*"


def _main_modules(project: Project) -> Iterator[str]:
    """Name the files of the modules that operations run, whatever the rules of their snapshots say."""
    for operation in (operation for model in project.models for operation in model.operations):
        if isinstance(operation.command, PythonModule):
            path = operation.command.name.replace(".", "/")
            for folder in ("", operation.command.path, *operation.python_path):
                yield from (posixpath.normpath(posixpath.join(folder, path + end)) for end in (".py", "/__main__.py"))


def _resource_files(project: Project) -> Iterable[str]:
    resources = [resource for model in project.models for resource in model.resources]
    for operation in (operation for model in project.models for operation in model.operations):
        resources += [need.inline for need in operation.requires if need.inline]
    paths = (source.value for resource in resources for source in resource.sources if source.kind == "file")
    return dict.fromkeys(clean for path in paths if "${" not in path and not _leaves(clean := posixpath.normpath(path)))


def _leaves(path: str) -> bool:
    return path.startswith(("/", "../")) or path in (".", "..")
