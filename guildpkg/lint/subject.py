"""What rules look at: values that the pipeline reads beforehand, so that every rule is a pure function."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import field

from guildpkg.core.ini import IniFile, Section
from guildpkg.core.recipe.lock import Lock
from guildpkg.core.recipe.model import Recipe
from guildpkg.core.sources import Source
from guildpkg.errors import Fault, Where
from guildpkg.lean import dataclass
from guildpkg.lint.scripts import Script

PROJECT_FILES = ("Guild", "guild.yml")
"""What a project is known by."""

TEMPLATE_FILES = ("Guild.in",)
"""Local sources that become a project file."""


@dataclass(frozen=True, slots=True)
class File:
    """One file or link.

    Attributes:
        path: Relative, ``/`` between the parts, bytes that are no UTF-8 as surrogates.
        size: Bytes of the content.
        executable: Whether the owner may execute it.
        link: Target of a symbolic link; None for a file.
        data: The content, or its first bytes when the file is large or the archive is.
    """

    path: str
    size: int
    executable: bool = False
    link: str | None = None
    data: bytes = b""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def text(self) -> str:
        """The content as text; empty when it is not known as a whole or is not text."""
        if len(self.data) < self.size or b"\0" in self.data:
            return ""
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class BrokenRecipe:
    """A recipe, or its lock, that cannot be read: its faults are all that there is to say."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class RecipeSubject:
    """A recipe folder.

    Attributes:
        recipe: What the recipe says.
        parsed: Its text, with lines.
        files: Every file of the folder by path, except what builds make.
        lock: The lock; None when there is none.
        script: The recipe's own packager; None when it has none or uses a shared one.
        shared: Names of the packagers that ship with guild.
        built: Paths of the files in ``src/``; None when nothing has been built.
    """

    recipe: Recipe
    parsed: IniFile
    files: Mapping[str, File] = field(default_factory=dict)
    lock: Lock | None = None
    script: Script | None = None
    shared: frozenset[str] = frozenset()
    built: frozenset[str] | None = None

    @property
    def upstream(self) -> tuple[Source, ...]:
        """The sources that come from elsewhere."""
        return tuple(source for source in self.recipe.sources if source.kind != "file")

    @property
    def local(self) -> tuple[Source, ...]:
        """The sources that lie in the recipe's folder."""
        return tuple(source for source in self.recipe.sources if source.kind == "file")

    @property
    def projects(self) -> tuple[File, ...]:
        """The ``Guild`` files among the local sources."""
        files = [self.file(source.text) for source in self.local]
        return tuple(file for file in files if file is not None and file.name in ("Guild", *TEMPLATE_FILES))

    def laid(self, path: str) -> bool:
        """Tell whether a file of the folder is a source, or lies in one."""
        names = [posixpath.normpath(source.text) for source in self.local]
        return any(path == name or path.startswith(f"{name}/") for name in names)

    def file(self, named: str) -> File | None:
        """Give the file that the recipe calls so, or None when it is not there."""
        return self.files.get(posixpath.normpath(named))

    def locked(self, source: Source) -> bool:
        """Tell whether the lock pins a source as the recipe has it now."""
        return self.lock is not None and self.lock.pin(source) is not None

    def at(self, kind: str, key: str = "") -> Where:
        """Say where an attribute stands, else its section, else the file."""
        section = next(iter(self.parsed.of_type(kind)), Section(kind, (), 0))
        attr = section.attrs.get(key)
        return Where(self.recipe.file, section.line if attr is None else attr.line)

    def beside(self, path: str, line: int = 0) -> Where:
        """Say where a file of the recipe's folder is, as the user knows it."""
        return Where(f"{self.recipe.file.rpartition('GuildPkg')[0]}{path}", line)


@dataclass(frozen=True, slots=True)
class ArchiveSubject:
    """A package archive.

    Attributes:
        recipe: The recipe that the manifest keeps.
        files: Every file and link, except the manifest.
        build_paths: Places of the build that no file should name, such as ``/build/src``.
    """

    recipe: Recipe
    files: tuple[File, ...] = ()
    build_paths: tuple[str, ...] = ()

    @property
    def project(self) -> File | None:
        """The project file, where the recipe says that the project lies."""
        folder = f"{self.recipe.project}/" if self.recipe.project else ""
        wanted = {folder + name for name in PROJECT_FILES}
        return next((file for file in self.files if file.path in wanted), None)


def member(path: str, line: int = 0) -> Where:
    """Say where a member of an archive is, as ``tar tf`` shows it."""
    return Where(f"./{path}", line)


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What ``[lint]`` switches off, after all other rules have run.

    Attributes:
        allowed: Reasons by rule id, as written.
        file: The recipe, for messages.
        lines: Where each stands, by rule id; empty for an archive.
        known: Every rule that there is.
        here: The rules that can find something in a subject of this kind.
        hit: The rules that found something.
    """

    allowed: Mapping[str, str]
    file: str
    lines: Mapping[str, int]
    known: tuple[str, ...]
    here: frozenset[str]
    hit: frozenset[str]

    def at(self, rule: str) -> Where:
        """Say where a rule is switched off."""
        return Where(self.file, self.lines.get(rule, 0))
