"""The objects of git as values: trees, commits and tags from their bytes, and the id that proves them.

The formats are those of git-hash-object(1) and the "Git Objects" chapter of git's own documentation: an object's id
is the hash of ``KIND SIZE NUL`` and its bytes, so whoever knows the id of a tree can check every file below it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from guildpkg.core.digests import GitId
from guildpkg.errors import IntegrityError
from guildpkg.lean import dataclass

if TYPE_CHECKING:
    from hashlib import _Hash

FOLDER: Final = 0o040000
LINK: Final = 0o120000
SUBMODULE: Final = 0o160000
FILE: Final = 0o100644
PROGRAM: Final = 0o100755

_PLAIN: Final = (FILE, 0o100664)  # 0664 is what git wrote in its first months


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of a tree object.

    Attributes:
        mode: `FILE`, `PROGRAM`, `LINK`, `FOLDER` or `SUBMODULE`.
        name: Raw bytes, one path part.
        id: Id of the blob, of the tree, or of the submodule's commit.
    """

    mode: int
    name: bytes
    id: GitId


@dataclass(frozen=True, slots=True)
class Commit:
    """What we use of a commit: its tree, and the committer's time in seconds since the epoch, never below 0."""

    tree: GitId
    time: int


@dataclass(frozen=True, slots=True)
class Tag:
    """What we use of an annotated tag: what it names, the kind of that, and the name the tag gives itself."""

    target: GitId
    kind: str
    name: str


def algorithm_of(id_: str) -> str:
    """Tell which hash made an id, ``sha1`` or ``sha256``: the length says it."""
    return "sha256" if len(id_) == 64 else "sha1"


def hasher(id_: str, kind: str, size: int) -> _Hash:
    """Begin the hash that has to come out as *id_*, once the object's *size* bytes have been put in."""
    whole = hashlib.new(algorithm_of(id_), usedforsecurity=False)
    whole.update(b"%s %d\0" % (kind.encode(), size))
    return whole


def object_id(kind: str, data: bytes, algorithm: str = "sha1") -> GitId:
    """Give an object's id."""
    whole = hasher("0" * (64 if algorithm == "sha256" else 40), kind, len(data))
    whole.update(data)
    return GitId(whole.hexdigest())


def parse_tree(id_: GitId, data: bytes) -> tuple[Node, ...]:
    """Read a tree.

    Raises:
        IntegrityError: It is damaged, or has names in it that no tree may have: ``..``, ``.git``, one name twice.
    """
    nodes: list[Node] = []
    at, width = 0, len(id_) // 2
    while at < len(data):
        end = data.find(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        if end < 0 or len(data) < end + 1 + width or not mode.isdigit() or mode.strip(b"01234567"):
            raise IntegrityError(f"the tree {id_} is damaged")
        nodes.append(Node(_mode(id_, int(mode, 8)), name, GitId(data[end + 1 : end + 1 + width].hex())))
        at = end + 1 + width
    _refuse_names(id_, [node.name for node in nodes])
    return tuple(nodes)


def format_tree(nodes: Iterable[Node]) -> bytes:
    """Write a tree: folders are ordered as if their names ended in a slash."""
    ordered = sorted(nodes, key=lambda node: node.name + b"/" * (node.mode == FOLDER))
    return b"".join(b"%o %s\0%s" % (node.mode, node.name, bytes.fromhex(node.id)) for node in ordered)


def _mode(id_: GitId, mode: int) -> int:
    if mode in _PLAIN:
        return FILE
    if mode in (PROGRAM, LINK, FOLDER, SUBMODULE):
        return mode
    raise IntegrityError(f"the tree {id_} has an entry of the unknown mode {mode:o}")


def _refuse_names(id_: GitId, names: list[bytes]) -> None:
    for name in names:
        if not name or b"/" in name or name in (b".", b"..") or name.lower() == b".git":
            raise IntegrityError(f"the tree {id_} has an entry named {name.decode(errors='backslashreplace')!r}")
    if len(set(names)) < len(names):
        raise IntegrityError(f"the tree {id_} has one name twice")


def parse_commit(id_: GitId, data: bytes) -> Commit:
    """Read a commit.

    Raises:
        IntegrityError: It is damaged.
    """
    fields = _header(data)
    try:
        return Commit(GitId(fields["tree"]), max(0, int(fields["committer"].rsplit(" ", 2)[1])))
    except (KeyError, IndexError, ValueError) as error:
        raise IntegrityError(f"the commit {id_} is damaged") from error


def parse_tag(id_: GitId, data: bytes) -> Tag:
    """Read an annotated tag.

    Raises:
        IntegrityError: It is damaged.
    """
    fields = _header(data)
    try:
        return Tag(GitId(fields["object"]), fields["type"], fields["tag"])
    except KeyError as error:
        raise IntegrityError(f"the tag {id_} is damaged") from error


def _header(data: bytes) -> dict[str, str]:
    lines = data.partition(b"\n\n")[0].decode(errors="surrogateescape").split("\n")
    pairs = (line.partition(" ") for line in reversed(lines) if not line.startswith(" "))
    return {key: value for key, _, value in pairs}
