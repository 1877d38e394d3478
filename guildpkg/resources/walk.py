"""Every file below a folder, links followed: what is laid is made of real folders and plain files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.sources import Limits
from guildpkg.core.words import in_bytes
from guildpkg.errors import DependencyError
from guildpkg.resources.request import File

_Folders = tuple[tuple[int, int], ...]


def files_below(root: Path, limits: Limits, report: Reporter, prefix: str = "") -> tuple[File, ...]:
    """List the files below a folder, in the order of their names.

    Links are followed, also out of the folder: it belongs to the user, or was unpacked without links that leave it.
    A link to a folder above it is left out, and so is what is neither a file nor a folder, both with a warning.

    Args:
        root: The folder.
        limits: Most files, and most bytes.
        report: Told what is left out.
        prefix: What stands in front of the paths.

    Raises:
        DependencyError: There are more than is plausible.
        OSError: A folder cannot be read.
    """
    found: list[File] = []
    size = 0
    about = root.stat()
    for path, origin, length in _walk(root, prefix, ((about.st_dev, about.st_ino),), report):
        found.append(File(path, origin))
        size += length
        if len(found) > limits.members or size > limits.unpacked:
            most = f"{limits.members:,} files or {in_bytes(limits.unpacked)}"
            raise DependencyError(f"{root} has more than {most}", hint="select what is needed of it")
    return tuple(found)


def _walk(folder: Path, prefix: str, above: _Folders, report: Reporter) -> Iterator[tuple[str, Path, int]]:
    for name in sorted(os.listdir(folder)):  # noqa: PTH208 - names are wanted, not paths
        place, path = folder / name, f"{prefix}/{name}" if prefix else name
        try:
            about = place.stat()
        except OSError as error:
            report(Warn(f"{place} is left out: {error.strerror}"))
            continue
        if stat.S_ISREG(about.st_mode):
            yield path, place, about.st_size
        elif not stat.S_ISDIR(about.st_mode):
            report(Warn(f"{place} is left out: it is neither a file nor a folder"))
        elif (about.st_dev, about.st_ino) in above:
            report(Warn(f"{place} is left out: it leads back to a folder above it"))
        else:
            yield from _walk(place, path, (*above, (about.st_dev, about.st_ino)), report)
