"""The half of `guild lint` that looks at archives: what the manifest lists, and the texts among it.

The manifest is believed; whether the archive is what it says is the affair of `guild verify`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from guildpkg.archive.read import open_archive
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import Entry
from guildpkg.core.events import Reporter
from guildpkg.core.recipe.model import Recipe
from guildpkg.core.recipe.needs import python_needs
from guildpkg.lint.check import check_archive
from guildpkg.lint.findings import Report
from guildpkg.lint.subject import ArchiveSubject, File

TEXT: Final = 256 << 10
"""Most bytes of a file that is read as a text."""

TEXTS: Final = 64 << 20
"""Most bytes of all texts together; of what comes behind only the first bytes are looked at."""

HEAD: Final = 64
"""How many those are."""

_SANDBOX: Final = ("/build/src", "/build/pkg", "/build/home", "/build/recipe")


def lint_archive(path: Path, shown: str, *, home: str, report: Reporter) -> Report:
    """Look an archive over.

    Args:
        path: The archive.
        shown: What the user called it.
        home: The user's home folder, which no text should name; empty for none.
        report: Told how far it is.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
    """
    beside = path.resolve().parent
    hosts = (str(beside / "src"), str(beside / "pkg"), *([home] if len(home) > 1 else []))
    with open_archive(path, report=report, task=f"Reading {path.name}") as package:
        wanted = {b"./" + entry.path for entry in package.manifest.files}
        contents: dict[bytes, bytes] = {}
        left = TEXTS
        for member in package.members():
            if member.kind == "file" and member.name in wanted:
                contents[member.name] = _sample(package.content(), whole=member.size <= min(TEXT, left))
                left -= len(contents[member.name])
        manifest = package.manifest
    files = tuple(_file(entry, contents) for entry in manifest.files if entry.kind != "dir")
    return check_archive(ArchiveSubject(_recipe(manifest), files, (*_SANDBOX, *hosts)), shown)


def _sample(content: Iterable[memoryview], *, whole: bool) -> bytes:
    """Take a small text as a whole, of all else the first bytes."""
    most = TEXT if whole else HEAD
    found = bytearray()
    for piece in content:
        found += piece[: most - len(found)]
        if len(found) == most:
            break
    return bytes(found[:HEAD] if b"\0" in found else found)


def _file(entry: Entry, contents: dict[bytes, bytes]) -> File:
    return File(
        path=entry.path.decode("utf-8", "surrogateescape"),
        size=entry.size,
        executable=entry.executable,
        link=entry.target.decode("utf-8", "surrogateescape") if entry.kind == "link" else None,
        data=contents.get(b"./" + entry.path, b""),
    )


def _recipe(manifest: Manifest) -> Recipe:
    """Put together what rules ask of the recipe; the manifest keeps its sections."""
    lint = next((kept for kept in manifest.sections if kept.type == "lint"), None)
    return Recipe(
        file=".GuildPkg",
        name=manifest.name,
        version=manifest.version,
        license=manifest.get("package", "license"),
        project=manifest.get("package", "project").strip("/"),
        python=python_needs(manifest.get("requires", "python"))[0],
        allowed=dict(lint.attrs) if lint else {},
    )
