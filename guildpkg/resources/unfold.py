"""A file or a folder that is here -> the files that it stands for: an archive is unpacked unless it is not to be."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Step
from guildpkg.core.project.resource_names import joined
from guildpkg.errors import DependencyError, IntegrityError
from guildpkg.resources.request import Ask, File, Found
from guildpkg.resources.walk import files_below
from guildpkg.system.disk import hash_file
from guildpkg.system.place import Way

_AS_IT_IS: Final = "if it is to be laid as it is, say `unpack: no`"


def unfold_file(path: Path, name: str, ask: Ask, *, source: str, way: Way = "copy", prefix: str = "") -> Found:
    """Give the files that a file stands for: itself, or those inside.

    Args:
        path: The file.
        name: What it is called.
        ask: What was asked for.
        source: What the record says it came from.
        way: How it is laid; what was inside of an archive is moved.
        prefix: Folder in which it is laid.

    Raises:
        ArchiveError: It is an archive that is damaged or must not be unpacked, or is none and should be.
    """
    if not _is_unpacked(path, name, ask):
        return Found((File(name, path),), source, way, prefix, proved=bool(ask.source.sha256))
    from guildpkg.system.unpack.archives import unpack

    world = ask.world
    folder = Path(tempfile.mkdtemp(dir=world.scratch))
    called = folder / name  # a file of the cache has a name that tells nobody anything
    called.symlink_to(path.resolve())
    world.report(Step(f"Unpacking {name}"))
    unpack(called, folder / "unpacked", limits=world.limits, report=world.report)
    files = files_below(folder / "unpacked", world.limits, world.report)
    return Found(files, source, _way_of(files), prefix, proved=True)


def _way_of(files: tuple[File, ...]) -> Way:
    """Move what was unpacked, unless a link in it makes one file appear at several places."""
    origins = {file.origin.resolve() for file in files}
    plain = len(origins) == len(files) and all(not file.origin.is_symlink() for file in files)
    return "move" if plain else "copy"


def _is_unpacked(path: Path, name: str, ask: Ask) -> bool:
    if not ask.source.unpack:
        return False
    from guildpkg.system.unpack.archives import kind_of
    from guildpkg.system.unpack.recognize import is_archive

    if ask.source.archive and kind_of(path) is not None:
        return True
    return is_archive(path, name, hint=_AS_IT_IS)


def unfold_path(path: Path, ask: Ask, *, source: str, way: Way = "copy") -> Found:
    """Give the files that a path of the user stands for.

    A folder is taken by its name; with patterns that select, by what is in it.

    Args:
        path: A file or a folder.
        ask: What was asked for.
        source: What the record says it came from.
        way: How it is laid.

    Raises:
        DependencyError: There is nothing there.
        IntegrityError: It does not hash to what the source demands.
    """
    try:
        if path.is_dir():
            inside = "" if ask.source.select else Path(os.path.normpath(path)).name
            return Found(files_below(path, ask.world.limits, ask.world.report, inside), source, way)
        if not path.exists():
            name = ask.need.resource.flag or ask.need.resource.name
            hint = f"put it there, or give another one: {name}=PATH"
            raise DependencyError(f"cannot find source file {ask.source.value!r}", hint=hint)
        if not path.is_file():
            raise DependencyError(f"{path} is neither a file nor a folder")
        prove(path, ask)
        return unfold_file(path, path.name, ask, source=source, way=way)
    except PermissionError as error:
        raise DependencyError(f"{error.filename or path} cannot be read: {error.strerror}") from error


def prove(path: Path, ask: Ask) -> None:
    """Insist that a file hashes to what its source demands.

    Raises:
        IntegrityError: It does not.
    """
    if ask.source.sha256 and (found := hash_file(path)) != ask.source.sha256:
        raise bad_hash(str(path), ask.source.sha256, found)


def bad_hash(shown: str, wanted: str, found: str) -> IntegrityError:
    """Say that something has another hash than it should."""
    hint = "if it is right as it is now, put the new hash into the project file"
    return IntegrityError(f"bad sha256 for {shown!r} (expected {wanted} but got {found})", hint=hint, found=found)


def kept_folder(ask: Ask) -> str:
    """Give the folder of a relative path, for a source that keeps it."""
    value = ask.source.value
    if not ask.source.preserve_path or value.startswith("/") or ".." in value.split("/"):
        return ""
    return joined(value.rstrip("/").rpartition("/")[0])


def digest_of(text: str) -> Sha256 | None:
    """Give the hash that a source demands; None when it demands none."""
    return Sha256(text) if text else None
