"""A recipe as a value. ``core/recipe/reader.py`` makes it out of a ``GuildPkg`` file."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from guildpkg.core.sources import Source
from guildpkg.errors import Where
from guildpkg.lean import dataclass

if TYPE_CHECKING:
    # a third of the time that `guild` takes to start, and most recipes need nothing of it
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

HOOKS = ("prepare", "pkgver", "build", "check", "package")
"""The hooks of a packager, in the order in which they run."""

HOOK_ENV = (
    *("srcdir", "pkgdir", "recipedir", "pkgname", "pkgver", "SOURCE_DATE_EPOCH"),
    *("PATH", "HOME", "TMPDIR", "LC_ALL", "TZ", "LD_PRELOAD", "BASH_ENV", "ENV"),
)
"""Environment variables that ``[build] env`` cannot pass in: guild sets them, or they would change any shell."""

COMPRESSIONS = ("xz", "zst")

KEYS: dict[str, tuple[str, ...]] = {
    "package": (
        "name",
        "version",
        "description",
        "license",
        "url",
        "maintainer",
        "source",
        "patches",
        "packager",
        "project",
        "compression",
    ),
    "source": ("commit", "tree", "sha256", "extract", "submodules", "into"),
    "requires": ("packages", "python"),
    "build": ("network", "env"),
}
"""The attributes that each section of a recipe may have. ``[references]`` and ``[lint]`` take any."""

FREE_SECTIONS = ("references", "lint")
"""Sections whose attributes are named by the author: links, and lint rules switched off with a reason."""


@dataclass(frozen=True, slots=True)
class PatchFile:
    """A patch that the recipe names, and where it does."""

    name: str
    where: Where


@dataclass(frozen=True, slots=True)
class PackageNeed:
    """A package that has to be installed beside this one: a name and a PEP 440 range."""

    name: str
    range: SpecifierSet

    def __str__(self) -> str:
        return f"{self.name} {self.range}".strip()


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a ``GuildPkg`` file says, checked.

    Attributes:
        file: The file as the user knows it, for messages.
        name: Package name.
        version: Canonical PEP 440 version; a ``pkgver`` hook may replace it.
        description: One sentence, or empty.
        license: SPDX expression as written, or empty.
        url: Home page, or empty.
        maintainer: As written, or empty.
        sources: In the order of the recipe.
        patches: In the order in which they are applied.
        packager: Name of the packager script; empty for the shared ``default``.
        project: Folder of the package in which its project file lies; empty for the root.
        compression: ``xz`` or ``zst``.
        packages: Packages needed to use this one.
        python: Python distributions needed to use this one.
        network: True when the recipe asks for the network in its hooks.
        env: Names of the caller's environment variables that hooks may see.
        references: Named links.
        allowed: Lint rules that are switched off, each with the reason given.
    """

    file: str
    name: str
    version: str
    description: str = ""
    license: str = ""
    url: str = ""
    maintainer: str = ""
    sources: tuple[Source, ...] = ()
    patches: tuple[PatchFile, ...] = ()
    packager: str = ""
    project: str = ""
    compression: str = "xz"
    packages: tuple[PackageNeed, ...] = ()
    python: tuple[Requirement, ...] = ()
    network: bool = False
    env: tuple[str, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    allowed: dict[str, str] = field(default_factory=dict)

    def source(self, name: str) -> Source | None:
        """Give the source of that name."""
        return next((source for source in self.sources if source.name == name), None)
