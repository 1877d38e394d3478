"""What lies in a subtree: read from the cache, checked against the ids, judged, and laid on disk."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from guildpkg.core.archive.links import landing
from guildpkg.core.digests import Entry, GitId, Sha256, link_entry
from guildpkg.core.events import Reporter, Warn
from guildpkg.core.git.objects import FOLDER, LINK, PROGRAM, SUBMODULE, Node, parse_tree
from guildpkg.core.sources import Limits
from guildpkg.core.words import count, in_bytes
from guildpkg.errors import Exists, IntegrityError, SourceError
from guildpkg.lean import dataclass
from guildpkg.sources.git.upstream import Upstream
from guildpkg.stores import repositories
from guildpkg.stores.repositories import Damaged, Objects
from guildpkg.system import disk

_LFS: Final = b"version https://git-lfs.github.com/spec/v1\n"
_MOST_OF_A_POINTER: Final = 1024
_MOST_OF_A_TARGET: Final = 4095
_LONGEST: Final = 4000
_LONGEST_NAME: Final = 255
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file, link or submodule of a subtree.

    Attributes:
        path: Raw path from the root of what is laid.
        mode: As in `Node`.
        id: Id of the blob, or of the submodule's commit.
        size: Bytes of the blob; 0 for a submodule.
        text: The target of a link; the text of a Git LFS pointer; empty for all else.
    """

    path: bytes
    mode: int
    id: GitId
    size: int = 0
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Part:
    """What comes from one repository: its URL (the key of the cache) and its files."""

    url: str
    leaves: tuple[Leaf, ...]


def inspect(upstream: Upstream, root: Node, limits: Limits) -> Part:
    """Read a whole subtree and check every byte of it.

    Args:
        upstream: The open repository.
        root: The folder or file; its name is the path at which it will lie.
        limits: Size limits.

    Raises:
        Damaged: Something is missing or is not what its id says.
        SourceError: There is something in it that is refused: Git LFS pointers, impossible names, too many bytes.
    """
    read: dict[tuple[GitId, bool], tuple[int, bytes]] = {}
    leaves: list[Leaf] = []
    room = limits.unpacked
    for leaf in _walk(upstream, root):
        if len(leaves) == limits.members:
            raise SourceError(f"{upstream.url} has more than {count(limits.members, 'file')} at {_shown(root.name)}")
        key = (leaf.id, leaf.mode == LINK)
        if leaf.mode != SUBMODULE and key not in read:
            read[key] = _read(upstream.objects, leaf, room)
        size, text = read.get(key, (0, b""))
        room -= size
        if room < 0:
            raise SourceError(f"{upstream.url} has more than {in_bytes(limits.unpacked)} at {_shown(root.name)}")
        leaves.append(replace(leaf, size=size, text=text))
    _refuse_pointers(upstream, leaves)
    return Part(upstream.url, tuple(leaves))


def _walk(upstream: Upstream, root: Node) -> Iterator[Leaf]:
    """Go through a tree in the order of its paths, each tree checked as it is read."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if len(node.name) > _LONGEST or len(node.name.rpartition(b"/")[2]) > _LONGEST_NAME:
            raise SourceError(f"{upstream.url} has a path too long to be written: {_shown(node.name)[:60]}...")
        if node.mode != FOLDER:
            yield Leaf(node.name, node.mode, node.id)
            continue
        below = node.name + b"/" if node.name else b""
        nodes = parse_tree(node.id, upstream.data(node.id, "tree"))
        ahead += [replace(child, name=below + child.name) for child in reversed(nodes)]


def _read(objects: Objects, leaf: Leaf, room: int) -> tuple[int, bytes]:
    """Check a blob; give its size, and its bytes where they say something to us: links and Git LFS pointers."""
    found = objects.get(leaf.id)
    if found is None or found.kind != "blob":
        raise Damaged(f"the file {leaf.id} is missing")
    if found.size > room:
        return found.size, b""
    keep = _MOST_OF_A_TARGET if leaf.mode == LINK else _MOST_OF_A_POINTER
    text = b""
    for chunk in found.chunks:
        text += chunk if found.size <= keep else b""
    return found.size, text if leaf.mode == LINK or text.startswith(_LFS) else b""


def _refuse_pointers(upstream: Upstream, leaves: Sequence[Leaf]) -> None:
    pointers = [leaf for leaf in leaves if leaf.mode != LINK and leaf.text]
    if not pointers:
        return
    sizes = [re.search(rb"^size (\d+)$", leaf.text, re.MULTILINE) for leaf in pointers]
    shown = [
        f"{_shown(leaf.path)} ({in_bytes(int(size[1])) if size else 'of unknown size'})"
        for leaf, size in zip(pointers, sizes, strict=True)
    ]
    more = f" and {count(len(shown) - _SHOWN, 'more')}" if len(shown) > _SHOWN else ""
    message = f"{upstream.url} holds {', '.join(shown[:_SHOWN])}{more} only as Git LFS pointers, without the content"
    hint = "Git LFS is not fetched: name a folder without them, or the files' own URLs as sources with their sha256"
    raise SourceError(message, hint=hint)


def judge(parts: Sequence[Part]) -> None:
    """Look at the links of all parts together.

    Raises:
        SourceError: A link leads out of the repository.
    """
    links = {leaf.path: leaf.text for part in parts for leaf in part.leaves if leaf.mode == LINK}
    for part in parts:
        for leaf in part.leaves:
            bad = not leaf.text or b"\0" in leaf.text or landing(leaf.path, links) is None
            if leaf.mode == LINK and bad:
                message = f"{_shown(leaf.path)} of {part.url} is a link that leads out of it: {_shown(leaf.text)}"
                raise SourceError(message, hint="such a link is not laid down, wherever it leads")


def lay(home: Path, part: Part, target: Path) -> Iterator[Entry]:
    """Write the files of a part below *target*, each checked against its id once more.

    Nothing is converted: what ``.gitattributes`` says about line ends or substitutions does not apply.

    Args:
        home: ``$GUILD_HOME``.
        part: What to write.
        target: A folder that exists.

    Yields:
        The entries, paths relative to *target*.

    Raises:
        Exists: A file is there already.
        IntegrityError: The cache has been damaged since the source was fetched.
        DiskFull: There is no room.
    """
    with repositories.holding(home, part.url) as repository, repositories.objects(repository.path) as objects:
        for leaf in part.leaves:
            if leaf.mode == SUBMODULE:
                continue
            place = disk.inside(target, leaf.path)
            with disk.room_for(place):
                try:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    yield _write(objects, leaf, place)
                except FileExistsError as error:
                    hint = "two sources lay down a file of the same name; give one of them `into = FOLDER`"
                    raise Exists(f"{_shown(leaf.path)} is there already", hint=hint) from error
                except Damaged as error:
                    hint = "run it again: what is damaged will be fetched anew"
                    raise IntegrityError(f"the cached copy of {part.url} is damaged: {error}", hint=hint) from error


def _write(objects: Objects, leaf: Leaf, place: Path) -> Entry:
    if leaf.mode == LINK:
        place.symlink_to(os.fsdecode(leaf.text))
        return link_entry(leaf.path, leaf.text)
    found = objects.get(leaf.id)
    if found is None:
        raise Damaged(f"the file {leaf.id} is missing")
    whole = hashlib.sha256()
    with place.open("xb") as file:
        for chunk in found.chunks:
            file.write(chunk)
            whole.update(chunk)
        os.fchmod(file.fileno(), 0o755 if leaf.mode == PROGRAM else 0o644)
    return Entry(leaf.path, "file", leaf.mode == PROGRAM, leaf.size, Sha256(whole.hexdigest()))


def warn_of_dangling(entries: Sequence[Entry], report: Reporter) -> None:
    """Report each link that leads to nothing of what has been laid down."""
    links = {entry.path: entry.target for entry in entries if entry.kind == "link"}
    if not links:
        return
    there = {b""}
    for entry in entries:
        there.update(entry.path[: slash.start()] for slash in re.finditer(rb"/|$", entry.path))
    for path, target in links.items():
        if landing(path, links) not in there:
            report(Warn(f"{_shown(path)} is a link to {_shown(target)}, which the source does not bring"))


def _shown(path: bytes) -> str:
    return path.decode(errors="backslashreplace") or "its root"
