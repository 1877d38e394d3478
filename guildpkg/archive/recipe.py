"""An archive -> the recipe inside it, as files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from guildpkg.archive.bundle import LINK, Files, read_canonical_tar
from guildpkg.archive.read import open_archive
from guildpkg.core.archive.manifest import Manifest
from guildpkg.errors import ArchiveError, GuildError
from guildpkg.system.disk import inside, room_for, write_atomically


def unpack_recipe(archive: Path, folder: Path) -> tuple[str, ...]:
    """Write the recipe that an archive carries.

    Args:
        archive: The archive.
        folder: Where; made if missing.

    Returns:
        The paths written, in byte order.

    Raises:
        ArchiveError: It is no package archive, or carries no recipe.
        GuildError: There is something in the folder.
    """
    with open_archive(archive, workers=1) as package:
        manifest = package.manifest
    return lay_recipe(manifest, archive.name, folder)


def lay_recipe(manifest: Manifest, name: str, folder: Path) -> tuple[str, ...]:
    """Write the recipe that a manifest carries; arguments and errors as for `unpack_recipe`."""
    files = carried_recipe(manifest, name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GuildError(f"{folder} is there and is not an empty folder", hint="name a folder that is not there yet")
    with room_for(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, (mode, data) in files.items():
            place = inside(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            if mode == LINK:
                place.symlink_to(os.fsdecode(data))
            else:
                write_atomically(place, data, mode=mode)
    return tuple(map(os.fsdecode, files))


def carried_recipe(manifest: Manifest, name: str) -> Files:
    """Give the files of the recipe that a manifest carries.

    Args:
        manifest: The manifest.
        name: What messages call the archive.

    Raises:
        ArchiveError: It carries none, or one that can build nothing, as that of a run.
    """
    files = read_canonical_tar(manifest.bundle, name=name)
    if not files:
        raise ArchiveError(f"{name} carries no recipe", hint="it was not built by `guild package`")
    if not _carries_sources(manifest, files):
        run = manifest.get("references", "run") or "RUN"
        hint = f"where the run is, `guild package --run {run}` makes it again"
        raise ArchiveError(f"{name} holds what a run made, which no recipe can build", hint=hint)
    return files


def _carries_sources(manifest: Manifest, files: Iterable[bytes]) -> bool:
    """Tell whether all local sources lie beside the recipe: of a package of a run they do not."""
    own = [pin for pin in manifest.pins if pin.kind == "file" and pin.size]
    paths = [os.fsencode(os.path.normpath(pin.source)) for pin in own]
    return all(any(file == path or file.startswith(path + b"/") for file in files) for path in paths)
