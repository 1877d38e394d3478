"""Is a file an archive that is meant to be unpacked? Its content decides, and its name where both have a say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from guildpkg.errors import ArchiveError
from guildpkg.system.unpack.archives import kind_of

_ZIPS_INSIDE: Final = (".npz", ".keras", ".pt", ".pth", ".whl", ".egg", ".jar", ".docx", ".xlsx")
"""Endings of files that are zips inside and are meant as they are."""
_ENDINGS: Final = (
    *(".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tzst"),
    *(".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lzma"),
)


def is_archive(path: Path, name: str, *, hint: str) -> bool:
    """Tell whether a file is unpacked unless somebody says that it is not to be.

    Args:
        path: The file.
        name: What it is called, where that is not what *path* says.
        hint: How to say that it is not to be unpacked.

    Raises:
        ArchiveError: Its name says that it is an archive and its content does not: an error page, or a part.
    """
    kind = kind_of(path)
    if kind is not None and not (kind == "zip" and name.lower().endswith(_ZIPS_INSIDE)):
        return True
    if named_like_archive(name):
        raise ArchiveError(f"{name} is not the archive that its name says, or only a part of it", hint=hint)
    return False


def named_like_archive(name: str) -> bool:
    """Tell whether a file is named like an archive that can be unpacked."""
    return name.lower().endswith(_ENDINGS)
