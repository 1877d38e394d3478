"""A few small files <-> one canonical tar: how the manifest carries the recipe that it was made from."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping

from guildpkg.core.archive import tar
from guildpkg.core.archive.layout import Slot, check_path, show
from guildpkg.core.archive.links import landing
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError
from guildpkg.system.unpack.feed import Budget, Feed
from guildpkg.system.unpack.tarwalk import TarWalk

Files = Mapping[bytes, tuple[int, bytes]]
"""Raw relative path -> mode (0644, 0755, or `LINK`) and content (of a link: its target)."""
LINK = 0o120777
"""What stands for the mode of a link: its type and the bits that every link has."""


def canonical_tar(files: Files) -> bytes:
    """Put files into a tar that depends on nothing but them: byte order, time 0, no folders.

    Raises:
        ArchiveError: A path or a mode cannot be had.
    """
    parts = []
    links = {path: data for path, (mode, data) in files.items() if mode == LINK}
    for path in sorted(files):
        mode, data = files[path]
        if problem := check_path(path):
            raise ArchiveError(f"the path {show(path)} is refused: {problem}")
        if mode == LINK:
            if landing(path, links) is None:
                raise ArchiveError(f"the link {show(path)} is refused: it leads out of the recipe")
            parts.append(tar.encode(Slot(path, "link", 0o777, 0, data), 0))
        elif mode in (0o644, 0o755):
            parts += [tar.encode(Slot(path, "file", mode, len(data)), 0), data, bytes(tar.padding(len(data)))]
        else:
            raise ArchiveError(f"{show(path)} has the mode {mode:04o}, only 0644 and 0755 are allowed")
    written = sum(map(len, parts))
    return b"".join([*parts, tar.end(written)])


def read_canonical_tar(data: bytes, *, name: str) -> dict[bytes, tuple[int, bytes]]:
    """Read what `canonical_tar` wrote; no bytes at all are no files.

    Args:
        data: The tar.
        name: What messages call it.

    Raises:
        ArchiveError: It is anything else than that.
    """
    files: dict[bytes, tuple[int, bytes]] = {}
    if not data:
        return files
    with contextlib.closing(Feed(_once(data), Budget(Limits(), len(data), name))) as feed:
        walk = TarWalk(feed)
        for member in walk:
            content = b"".join(walk.content())
            files[member.name] = (LINK, member.target) if member.kind == "link" else (member.mode, content)
    if canonical_tar(files) != data:
        raise ArchiveError(f"{name}: the recipe inside is not written the way it should be")
    return files


def _once(data: bytes) -> Generator[bytes, None, None]:
    yield data
