"""``pkg/`` -> archive, manifest inside, build statement beside it.

The manifest holds only what follows from recipe, lock and guildpkg version; all else (mirrors, the sandbox, the
clock, this machine) is in the statement.
"""

from __future__ import annotations

import lzma
import platform
from dataclasses import dataclass
from pathlib import Path

import zstandard

from guildpkg.archive.bundle import canonical_tar
from guildpkg.archive.reader import read_manifest
from guildpkg.archive.statement import Statement, format_statement
from guildpkg.archive.writer import write_archive
from guildpkg.core import ini
from guildpkg.core.digests import sha256
from guildpkg.core.events import Detail, Step
from guildpkg.core.lock import Lock, format_lock
from guildpkg.core.manifest import Build, Manifest, format_manifest, keep, settings_of
from guildpkg.core.names import archive_name
from guildpkg.core.recipe import Recipe
from guildpkg.errors import ArchiveError, Exists
from guildpkg.pipeline.fetch import staging
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import RecipeFolder, own_files
from guildpkg.sources.request import Fetched
from guildpkg.system.disk import scan
from guildpkg.version import VERSION


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be packed.

    Attributes:
        folder: The recipe; ``pkg/`` in it is what the archive is to hold.
        lock: What the sources were.
        fetched: The sources, and how they came; empty when ``src/`` was used as it stood.
        packager: File name of the recipe's own packager, or empty.
        jobs: Workers for the compression.
        started: When the build began, seconds since the epoch.
        replace_other: True when an archive that was built from something else may be replaced.
        version: The version of the package, where a hook found it.
        sandbox: How hooks were confined.
    """

    folder: RecipeFolder
    lock: Lock
    fetched: tuple[Fetched, ...]
    packager: str
    jobs: int
    started: float
    replace_other: bool
    version: str = ""
    sandbox: str = ""

    @property
    def archive(self) -> Path:
        """The archive, in the recipe's folder."""
        recipe = self.folder.recipe
        return self.folder.path / archive_name(recipe.name, self.version or recipe.version, recipe.compression)


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive that was written.

    Attributes:
        path: The archive.
        statement: The build statement beside it.
        sha256: SHA-256 of the archive.
        size: Bytes of the archive.
        files: Files and links in it, the manifest left out.
        unchanged: True when an archive with the same bytes was there before.
    """

    path: Path
    statement: Path
    sha256: str
    size: int
    files: int
    unchanged: bool


def names(recipe: Recipe) -> tuple[str, str]:
    """Name the two files that packing a recipe writes, as far as no hook changes the version."""
    archive = archive_name(recipe.name, recipe.version, recipe.compression)
    return archive, statement_name(archive)


def statement_name(archive: str) -> str:
    """Name the build statement of an archive."""
    return archive[: archive.index(".pkg.tar.")] + ".build.json"
