"""Identity is content: entries of a tree and the one SHA-256 that stands for all of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final, NewType

from guildpkg.lean import dataclass

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""

GitId = NewType("GitId", str)
"""40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits: the id of a git object."""

TREE_LIST_HEADER: Final = b"guildpkg-tree-1\0"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_GIT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, symbolic link or empty directory of a tree.

    Attributes:
        path: Relative path, raw bytes, ``/`` between the parts, no leading ``./``.
        kind: ``file``, ``link`` or ``dir``; only a directory without any entry below it is listed.
        executable: Whether the owner may execute the file; always false for links and directories.
        size: Size in bytes of the content; of the target for a link; 0 for a directory.
        sha256: SHA-256 of the content; of the target for a link; of nothing for a directory.
        target: The target of a link, raw bytes; empty for all else.
    """

    path: bytes
    kind: str
    executable: bool
    size: int
    sha256: Sha256
    target: bytes = b""

    @property
    def mode(self) -> int:
        """The permission bits that an archive of ours gives this entry."""
        if self.kind == "link":
            return 0o777
        return 0o755 if self.executable or self.kind == "dir" else 0o644

    @property
    def list_mode(self) -> bytes:
        """The mode as git writes it, which is what the tree list uses."""
        return {"link": b"120000", "dir": b"040000"}.get(self.kind, b"100755" if self.executable else b"100644")


def sha256(data: bytes) -> Sha256:
    """Hash bytes."""
    return Sha256(hashlib.sha256(data).hexdigest())


def is_sha256(text: str) -> bool:
    """Tell whether *text* is written like a SHA-256."""
    return _SHA256.fullmatch(text) is not None


def is_git_id(text: str) -> bool:
    """Tell whether *text* is written like the full id of a git object."""
    return _GIT_ID.fullmatch(text) is not None


def link_entry(path: bytes, target: bytes) -> Entry:
    """Make the entry of a symbolic link."""
    return Entry(path, "link", executable=False, size=len(target), sha256=sha256(target), target=target)


def dir_entry(path: bytes) -> Entry:
    """Make the entry of an empty directory."""
    return Entry(path, "dir", executable=False, size=0, sha256=sha256(b""))


def tree_digest(entries: Iterable[Entry]) -> Sha256:
    r"""Hash the canonical list of a tree.

    The list is ``guildpkg-tree-1\0``, then per entry ``MODE SHA256 PATH\0`` in byte order of the paths. Empty
    directories do not count: git does not keep them, and one tree must have one digest whichever way it came.
    """
    whole = hashlib.sha256(TREE_LIST_HEADER)
    for entry in sorted(entries, key=lambda entry: entry.path):
        if entry.kind != "dir":
            whole.update(b"%s %s %s\0" % (entry.list_mode, entry.sha256.encode(), entry.path))
    return Sha256(whole.hexdigest())
