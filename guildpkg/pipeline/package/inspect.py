"""`guild inspect` and `guild verify`: an archive -> what it says of itself, and whether that is true."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from guildpkg.archive.compare import Difference, compare_archives, with_diffs
from guildpkg.archive.read import Inspection, Listed, inspect_archive, list_members, open_archive
from guildpkg.archive.recipe import carried_recipe, unpack_recipe
from guildpkg.archive.verify import Verified, verify_archive
from guildpkg.core.events import Reporter
from guildpkg.errors import GuildError

__all__ = [
    "Difference",
    "Inspection",
    "Listed",
    "Verified",
    "differences",
    "inspect",
    "members",
    "recipe_files",
    "to_json",
    "verify",
]


def inspect(path: Path, shown: str) -> Inspection:
    """Read what an archive says of itself.

    Raises:
        GuildError: There is no such archive, or it cannot be read.
    """
    return inspect_archive(_there(path, shown))


def members(path: Path, shown: str) -> tuple[Listed, ...]:
    """List what is in an archive.

    Raises:
        GuildError: There is no such archive, or it cannot be read.
    """
    return list_members(_there(path, shown))


def verify(path: Path, shown: str, report: Reporter) -> Verified:
    """Compare an archive with its manifest.

    Raises:
        GuildError: There is no such archive, or it is not what its manifest says.
    """
    return verify_archive(_there(path, shown), report=report)


def to_json(verified: Verified, path: Path) -> dict[str, Any]:
    """Give the outcome of `verify` as plain values."""
    return {
        "name": verified.manifest.name,
        "version": verified.manifest.version,
        "archive": str(path),
        "sha256": verified.sha256,
        "size": verified.size,
        "members": verified.members,
    }


def differences(one: tuple[Path, str], two: tuple[Path, str]) -> tuple[Difference, ...]:
    """Compare two archives, each a path and what the user called it.

    Raises:
        GuildError: There is no such archive, or it cannot be read.
    """
    old, new = _there(*one), _there(*two)
    return with_diffs(compare_archives(old, new), old, new)


def recipe_files(path: Path, shown: str, folder: Path, *, dry_run: bool) -> tuple[str, ...]:
    """Write the recipe that an archive carries into a folder; a dry run only names its files.

    Raises:
        GuildError: There is no such archive, it carries no recipe, or there is something in the folder.
    """
    archive = _there(path, shown)
    if not dry_run:
        return unpack_recipe(archive, folder)
    with open_archive(archive, workers=1) as package:
        return tuple(map(os.fsdecode, carried_recipe(package.manifest, shown)))


_ELSE = "an archive is named by its path; `guild list-packages` lists what is installed"


def _there(path: Path, shown: str) -> Path:
    if path.is_dir():
        raise GuildError(f"{shown} is a folder", hint="name an archive: NAME-VERSION.pkg.tar.xz")
    if not path.exists():
        near = sorted(item.name for item in path.parent.glob("*.pkg.tar.*")) if path.parent.is_dir() else []
        raise GuildError(f"there is no {shown}", hint=f"there is {', '.join(near)}" if near else _ELSE)
    if not path.is_file():
        raise GuildError(f"{shown} is not a file", hint="an archive is read from several places at once: save it first")
    return path
