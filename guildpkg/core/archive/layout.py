"""How the members of an archive are named, ordered and moded, and which names are refused.

A package archive holds ``./``, ``./.GuildPkg``, then every directory, file and link in byte order of their paths
(a directory's path taken without its trailing slash, so that it stands before what it holds). Modes are 0755 for
directories and executable files, 0644 for files, 0777 for links. A path is bytes; nothing is said about its encoding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter
from typing import Final

from guildpkg.core.archive.link_chains import first_leaving
from guildpkg.core.digests import Entry, Sha256
from guildpkg.lean import dataclass

MANIFEST: Final = b".GuildPkg"
"""Path of the manifest; no file of a package may have it."""

MOST_PART: Final = 255
"""Most bytes between two slashes: what every usual file system can hold."""

MOST_PATH: Final = 2000
"""Most bytes of a path or of a link's target: half the 4096 of Linux, so that there is room for the folder above it."""

_PLAIN = re.compile(rb"(?:(?!\.\.?/)[^/\0]{1,%d}/)*(?!\.\.?\Z)[^/\0]{1,%d}" % (MOST_PART, MOST_PART))
"""What almost every path is; `check_path` says what is wrong with the others."""

_RESERVED = MANIFEST + b"/"
_KINDS = {"file": "a file", "link": "a link", "dir": "an empty folder"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A member as a package archive must have it.

    Attributes:
        name: Raw name in the archive: ``./``, ``./a/`` for directories, ``./a/b`` for all else.
        kind: ``file``, ``link`` or ``dir``.
        mode: Permission bits.
        size: Bytes of content; 0 for links and directories.
        target: Target of a link.
        sha256: SHA-256 of the content of a file; empty for the manifest and all that is no file.
    """

    name: bytes
    kind: str
    mode: int
    size: int = 0
    target: bytes = b""
    sha256: Sha256 = Sha256("")

    @property
    def path(self) -> bytes:
        """The path below the root: no ``./``, no slash at the end."""
        return self.name[2:].rstrip(b"/")


def slots(entries: Iterable[Entry], manifest_size: int) -> Iterator[Slot]:
    """List every member of a package archive in its order.

    Args:
        entries: What the package holds, as `check_entries` accepts it.
        manifest_size: Bytes of the manifest.
    """
    yield Slot(b"./", "dir", 0o755)
    yield Slot(b"./" + MANIFEST, "file", 0o644, manifest_size)
    for path, entry in in_order(entries):
        yield slot_of(path, entry)


def in_order(entries: Iterable[Entry]) -> list[tuple[bytes, Entry | None]]:
    """Give the paths of all members behind the manifest, in their order; directories that hold something are None."""
    by_path: dict[bytes, Entry | None] = {entry.path: entry for entry in entries}
    by_path |= dict.fromkeys(parents_of(by_path))
    return sorted(by_path.items(), key=itemgetter(0))


def slot_of(path: bytes, entry: Entry | None) -> Slot:
    """Say how a member stands in the archive: what `in_order` gives, or the root, which is no path and None."""
    kind = entry.kind if entry else "dir"
    if entry is None or kind == "dir":
        return Slot(b"./" + path + b"/" if path else b"./", "dir", 0o755)
    if kind == "link":
        return Slot(b"./" + path, kind, entry.mode, target=entry.target)
    return Slot(b"./" + path, kind, entry.mode, entry.size, b"", entry.sha256)


def parents_of(paths: Iterable[bytes]) -> set[bytes]:
    """Give every directory that lies above one of the paths, except the root."""
    found: set[bytes] = set()
    for path in paths:
        parent = path.rpartition(b"/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition(b"/")[0]
    return found


def check_path(path: bytes) -> str | None:
    """Say why a path cannot be that of a file below some folder; None when it can.

    The path is the plain form: no ``./`` in front, no slash at the end.
    """
    if len(path) <= MOST_PATH and _PLAIN.fullmatch(path):
        return None
    parts = path.split(b"/")
    problems = {
        "it is empty": not path,
        "it has a NUL in it": b"\0" in path,
        "it is absolute": path.startswith(b"/"),
        "it leads out of its folder": b".." in parts,
        "it has an empty part or a '.' in it": b"" in parts or b"." in parts,
        f"it is longer than {MOST_PATH} bytes": len(path) > MOST_PATH,
        f"a part of it is longer than {MOST_PART} bytes": len(max(parts, key=len)) > MOST_PART,
    }
    return next((problem for problem, found in problems.items() if found), None)


def check_target(path: bytes, target: bytes) -> str | None:
    """Say why a link at *path* must not have this target; None when it may. Chains of links are not followed here."""
    if not target:
        return "its target is empty"
    if b"\0" in target:
        return "its target has a NUL in it"
    if target.startswith(b"/"):
        return "its target is absolute"
    if len(target) > MOST_PATH:
        return f"its target is longer than {MOST_PATH} bytes"
    depth = path.count(b"/")
    for part in target.split(b"/"):
        depth += -1 if part == b".." else part not in (b"", b".")
        if depth < 0:
            return "its target lies outside"
    return None


def check_entries(entries: Collection[Entry]) -> list[str]:
    """Find everything that keeps entries from being the content of a package.

    Returns:
        One sentence per problem: bad paths and targets, a path twice, a file where a folder must be, files in the
        manifest's place, and a link that leads outside by way of others.
    """
    problems = []
    kinds: dict[bytes, str] = {}
    for entry in entries:
        path, kind = entry.path, entry.kind
        if problem := check_path(path):
            problems.append(f"the path {show(path)} is refused: {problem}")
        elif (path + b"/").startswith(_RESERVED):
            problems.append(f"{show(path)} is in the place of the manifest")
        elif path in kinds:
            problems.append(f"{show(path)} is there twice")
        if kind == "link" and (problem := check_target(path, entry.target)):
            problems.append(f"the link {show(path)} is refused: {problem}")
        kinds.setdefault(path, kind)
    for parent in sorted(parents_of(kinds) & kinds.keys()):
        problems.append(f"{show(parent)} is listed as {_KINDS[kinds[parent]]} and has files below it")
    links = {entry.path: entry.target for entry in entries if entry.kind == "link"}
    if not problems and (leaving := first_leaving(links)) is not None:
        problems.append(f"the link {show(leaving)} is refused: it leads outside by way of other links")
    return problems


def collisions(paths: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Find paths that are one on a file system that ignores case or the form of Unicode.

    Directories above the paths, and the manifest, count as well.

    Returns:
        Pairs of different paths, in byte order; of many that are one, each with the first.
    """
    own = set(paths)
    seen: dict[bytes, bytes] = {}
    found = []
    for path in sorted(own | parents_of(own) | {MANIFEST}):
        first = seen.setdefault(fold(path), path)
        # two files below colliding folders are not worth a line: their folders have one
        if first != path and first.rpartition(b"/")[0] == path.rpartition(b"/")[0]:
            found.append((first, path))
    return found


def fold(path: bytes) -> bytes:
    """Give what a file system that ignores case and Unicode's forms compares paths by."""
    if path.isascii():
        return path.lower()
    text = unicodedata.normalize("NFD", path.decode("utf-8", "surrogateescape"))
    return unicodedata.normalize("NFD", text.casefold()).encode("utf-8", "surrogateescape")


def show(path: bytes) -> str:
    """Write a path for a message: quoted, with what cannot be printed escaped, and not too long."""
    text = repr(path.decode("utf-8", "backslashreplace"))
    return text if len(text) <= 100 else f"{text[:70]}...{text[-20:]}"
