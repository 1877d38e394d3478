"""Files and folders of the recipe itself.

Nothing outside the recipe's folder is read, whatever links say. A file called ``Guild.in`` is laid as ``Guild``; a
folder is laid under its own name; an archive is unpacked unless the recipe says ``extract = no``.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Final

from guildpkg.core.archive.links import landing
from guildpkg.core.digests import Entry
from guildpkg.core.events import Reporter
from guildpkg.core.sources import Pin, Source
from guildpkg.core.words import did_you_mean
from guildpkg.errors import ArchiveError, IntegrityError, SourceError
from guildpkg.sources.laying import Survey, is_unpacked, lay_file, lay_other
from guildpkg.sources.request import Fetched, Request
from guildpkg.system.disk import hash_file, scan

WAY: Final = "recipe"
_MADE_HERE: Final = ("src", "pkg", "logs")
_PACKAGE: Final = re.compile(r".+\.pkg\.tar\.(xz|zst)")


def fetch(request: Request, home: Path, report: Reporter) -> Fetched:
    """Find a file or folder of the recipe.

    Raises:
        SourceError: It does not exist, or is none that a recipe may name.
        IntegrityError: It is not what the recipe demands.
        ArchiveError: It is an archive that must not be unpacked, or a folder with links that leave it.
    """
    source = request.source
    path = _find(request.recipedir, source)
    name = os.path.basename(os.path.normpath(source.text))  # noqa: PTH119 - of the text, not of what it leads to
    pin = Pin(source.name, source.text, "file", details=source.wishes)
    if path.is_dir():
        entries = _entries(path, source)
        return Fetched(pin, WAY, source.text, lambda target: _lay_folder(path, entries, target, os.fsencode(name)))
    digest = hash_file(path)
    if source.sha256 not in ("", digest):
        said = f"{source.text}: its sha256 is {digest} and should be {source.sha256}"
        raise IntegrityError(said, hint=f"if the file is right, change the recipe at {source.where}")
    pin = replace(pin, file=name, sha256=digest)
    if is_unpacked(path, name, source):
        survey = Survey(request, home, report, path, name)
        return Fetched(survey.dated(pin), WAY, source.text, survey.lay)
    return Fetched(pin, WAY, source.text, lambda target: (_lay_one(path, target, _laid_as(os.fsencode(name))),))


def is_here(request: Request, home: Path) -> bool:  # noqa: ARG001 - as for the other kinds
    """Find the file or folder; it needs no network.

    Raises:
        SourceError: It does not exist, or is none that a recipe may name.
    """
    _find(request.recipedir, request.source)
    return True


def _find(recipedir: Path, source: Source) -> Path:
    """Follow the path, also through links, and see to it that it ends inside the recipe at something of its own."""
    if os.path.isabs(source.text):  # noqa: PTH117
        raise SourceError(f"{source.text} does not lie in the recipe's folder", hint="copy it there")
    root = recipedir.resolve()
    try:
        path = (root / source.text).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(f"there is no {source.text} in the recipe", hint=_others(root, source)) from error
    if path == root or not path.is_relative_to(root):
        raise SourceError(f"{source.text} leads out of the recipe's folder", hint="copy what is needed into it")
    first = path.relative_to(root).parts[0]
    if first in _MADE_HERE:
        raise SourceError(f"{source.text} lies in {first}/, which every build makes anew")
    if path.parent == root and _PACKAGE.fullmatch(path.name):
        raise SourceError(f"{source.text} is a finished package", hint="a recipe asks for packages in [requires]")
    if not (path.is_dir() or stat.S_ISREG(path.stat().st_mode)):
        raise SourceError(f"{source.text} is neither a file nor a folder")
    return path


def _others(root: Path, source: Source) -> str:
    folder, name = os.path.split(os.path.normpath(source.text))
    place = (root / folder).resolve()
    if not (place.is_relative_to(root) and place.is_dir()):
        return f"there is no folder {folder} either"
    names = sorted(item.name for item in place.iterdir() if not item.name.startswith("."))
    return did_you_mean(name, [os.path.join(folder, name) for name in names if name not in _MADE_HERE])  # noqa: PTH118


def _entries(path: Path, source: Source) -> tuple[Entry, ...]:
    if source.sha256:
        raise SourceError(f"{source.text} is a folder, which has no sha256", hint="the lock keeps its tree digest")
    entries = scan(path)
    links = {entry.path: entry.target for entry in entries if entry.kind == "link"}
    for leaving in (link for link in links if landing(link, links) is None):
        said = f"the link {source.text}/{os.fsdecode(leaving)} leads out of that folder"
        raise ArchiveError(said, hint="copy what it leads to")
    return entries


def _lay_folder(path: Path, entries: tuple[Entry, ...], target: Path, name: bytes) -> tuple[Entry, ...]:
    laid = []
    for entry in entries:
        relative = _laid_as(name + b"/" + entry.path)
        if entry.kind == "file":
            laid.append(_lay_one(path / os.fsdecode(entry.path), target, relative))
        elif entry.kind == "link":  # an empty folder is nothing that a lock could hold a build to
            lay_other(entry, target, relative)
            laid.append(replace(entry, path=relative))
    return tuple(laid)


def _lay_one(origin: Path, target: Path, relative: bytes) -> Entry:
    return lay_file(origin, target, relative, executable=bool(origin.stat().st_mode & stat.S_IXUSR))


def _laid_as(path: bytes) -> bytes:
    folder, slash, name = path.rpartition(b"/")
    return folder + slash + (b"Guild" if name == b"Guild.in" else name)
