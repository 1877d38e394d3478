"""`guild inspect` and `guild verify`: an archive -> what it says of itself, and whether that is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guildpkg.archive.read import Inspection, Listed, inspect_archive, list_members
from guildpkg.archive.verify import Verified, verify_archive
from guildpkg.core.events import Reporter
from guildpkg.errors import GuildError

__all__ = ["Inspection", "Listed", "Verified", "inspect", "members", "to_json", "verify"]


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


def _there(path: Path, shown: str) -> Path:
    if path.is_dir():
        raise GuildError(f"{shown} is a folder", hint="name an archive: NAME-VERSION.pkg.tar.xz")
    if not path.exists():
        near = sorted(item.name for item in path.parent.glob("*.pkg.tar.*")) if path.parent.is_dir() else []
        raise GuildError(f"there is no {shown}", hint=f"there is {', '.join(near)}" if near else "")
    if not path.is_file():
        raise GuildError(f"{shown} is not a file", hint="an archive is read from several places at once: save it first")
    return path
