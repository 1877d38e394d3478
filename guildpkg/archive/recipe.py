"""An archive -> the recipe inside it, as files."""

from __future__ import annotations

import os
from pathlib import Path

from guildpkg.archive.bundle import LINK, read_canonical_tar
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
    files = read_canonical_tar(manifest.bundle, name=name)
    if not files:
        raise ArchiveError(f"{name} carries no recipe", hint="it was not built by `guild package`")
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
