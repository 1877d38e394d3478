"""Folders as git trees in a scratch repository: written, compared, merged and laid on disk.

Nothing here talks to a server, and nobody's configuration has a say: the same two trees always give the same diff, and
the same three the same merge, as `git rebase` would make it.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from guildpkg.core.digests import GitId
from guildpkg.core.git.objects import FILE, FOLDER, LINK, PROGRAM, Node, format_tree, object_id, parse_tree
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.system.disk import inside, room_for, scan
from guildpkg.system.git.batch import batch
from guildpkg.system.git.plumbing import OFFLINE, listen, start
from guildpkg.system.git.talk import GitFailed, last_line

_PERSON: Final = "guild <guild> 0 +0000"
_DIFF: Final = (
    *("diff-tree", "-p", "-r", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers"),
    *("--indent-heuristic", "--submodule=short"),
)


@dataclass(frozen=True, slots=True)
class Merge:
    """What came of a three-way merge.

    Attributes:
        tree: The result; its files have markers where the two sides contradict each other.
        conflicts: Paths about which they do; empty when the merge is clean.
        said: What git says about each conflict, one line each.
    """

    tree: GitId
    conflicts: tuple[bytes, ...]
    said: tuple[str, ...]


Leaves = Mapping[bytes, tuple[int, GitId]]
"""Raw path -> mode and id of the blob."""


class Trees:
    """A scratch repository.

    Args:
        path: Where it is; made by `open`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> Trees:
        """Make the repository; it holds nothing that cannot be thrown away."""
        with room_for(self.path):
            (self.path / "objects").mkdir(parents=True)
            (self.path / "refs").mkdir()
            (self.path / "HEAD").write_text("ref: refs/heads/none\n")
            (self.path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        return self

    def blob(self, data: bytes) -> GitId:
        """Keep the content of a file, or the target of a link."""
        return self._write("blob", data)

    def read(self, root: Path) -> dict[bytes, tuple[int, GitId]]:
        """Keep every file and link below a folder; empty folders do not count.

        Raises:
            ArchiveError: There is something else in it.
        """
        found = {}
        for entry in scan(root):
            if entry.kind == "link":
                found[entry.path] = (LINK, self.blob(entry.target))
            elif entry.kind == "file":
                data = (root / os.fsdecode(entry.path)).read_bytes()
                found[entry.path] = (PROGRAM if entry.executable else FILE, self.blob(data))
        return found

    def tree(self, leaves: Leaves) -> GitId:
        """Write a tree.

        Raises:
            GuildError: A path in it is one that git cannot keep.
        """
        for path in leaves:
            if b".git" in path.lower().split(b"/"):
                message = f"{os.fsdecode(path)} belongs to a git repository of its own, which no patch can change"
                raise GuildError(message, hint="remove it from src/")
        return self._tree(b"", sorted(leaves.items()))

    def _tree(self, below: bytes, leaves: Iterable[tuple[bytes, tuple[int, GitId]]]) -> GitId:
        nodes: list[Node] = []
        folders: dict[bytes, list[tuple[bytes, tuple[int, GitId]]]] = {}
        for path, (mode, id_) in leaves:
            name, slash, _ = path[len(below) :].partition(b"/")
            if slash:
                folders.setdefault(name, []).append((path, (mode, id_)))
            else:
                nodes.append(Node(mode, name, id_))
        nodes += [Node(FOLDER, name, self._tree(below + name + b"/", inner)) for name, inner in folders.items()]
        return self._write("tree", format_tree(nodes))

    def leaves(self, tree: GitId) -> dict[bytes, tuple[int, GitId]]:
        """List the files and links of a tree."""
        found: dict[bytes, tuple[int, GitId]] = {}
        ahead = [(b"", tree)]
        with batch(self.path) as objects:
            while ahead:
                below, id_ = ahead.pop()
                read = objects.get(id_)
                if read is None:
                    raise GitFailed(f"the tree {id_} is missing")
                for node in parse_tree(id_, b"".join(read[2])):
                    if node.mode == FOLDER:
                        ahead.append((below + node.name + b"/", node.id))
                    else:
                        found[below + node.name] = (node.mode, node.id)
        return dict(sorted(found.items()))

    def content(self, ids: Iterable[GitId]) -> dict[GitId, bytes]:
        """Read blobs."""
        found = {}
        with batch(self.path) as objects:
            for id_ in ids:
                read = objects.get(id_)
                if read is not None:
                    found[id_] = b"".join(read[2])
        return found

    def lay(self, tree: GitId, target: Path) -> None:
        """Write a tree's files below a folder that exists and has none of them."""
        leaves = self.leaves(tree)
        with room_for(target), batch(self.path) as objects:
            for path, (mode, id_) in leaves.items():
                read = objects.get(id_)
                if read is None:
                    raise GitFailed(f"the file {id_} is missing")
                place = inside(target, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                data = b"".join(read[2])
                if mode == LINK:
                    place.symlink_to(os.fsdecode(data))
                else:
                    place.write_bytes(data)
                    place.chmod(0o755 if mode == PROGRAM else 0o644)

    def diff(self, old: GitId, new: GitId, *, renames: bool = True) -> bytes:
        """Write the patch that leads from one tree to another; empty when they are the same."""
        code, answer, said = self._git(*_DIFF, "--find-renames" if renames else "--no-renames", old, new)
        if code:
            raise GitFailed(f"git diff-tree failed: {last_line(said)}")
        return answer

    def merge(self, base: GitId, ours: GitId, theirs: GitId, *, names: tuple[str, str] = ("ours", "theirs")) -> Merge:
        """Merge what leads from *base* to *theirs* into *ours*.

        Args:
            base: The tree that both come from.
            ours: The tree that the change is to be made to.
            theirs: *base* with the change.
            names: What the markers of a conflict call the two sides.
        """
        root = self._commit(base)
        for name, tree in zip(names, (ours, theirs), strict=True):
            place = self.path / "refs" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"{self._commit(tree, root)}\n")
        settings = ("merge-tree", "--write-tree", "-z", "--messages", "--name-only")
        code, answer, said = self._git(*settings, *(f"refs/{name}" for name in names))
        if code not in (0, 1):
            raise GitFailed(f"git merge-tree failed: {last_line(said)}")
        written, _, rest = answer.partition(b"\0")
        if code == 0:
            return Merge(GitId(written.decode()), (), ())
        paths, _, notes = rest.partition(b"\0\0")
        return Merge(GitId(written.decode()), tuple(paths.split(b"\0")), tuple(_conflicts(notes)))

    def _commit(self, tree: GitId, *parents: GitId) -> GitId:
        lines = [f"tree {tree}", *(f"parent {id_}" for id_ in parents), f"author {_PERSON}", f"committer {_PERSON}"]
        return self._write("commit", ("\n".join(lines) + "\n\n-\n").encode())

    def _write(self, kind: str, data: bytes) -> GitId:
        id_ = object_id(kind, data)
        place = self.path / "objects" / id_[:2] / id_[2:]
        if not place.exists():
            with room_for(place):
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), len(data)) + data, 1))
        return id_

    def _git(self, *words: str) -> tuple[int, bytes, str]:
        with start(self.path, (*OFFLINE, "core.attributesFile=/dev/null"), words, deaf=True) as git:
            git.stdin.close()
            answer, said = listen(git, lambda: None)
            return git.wait(), answer, said


def _conflicts(notes: bytes) -> Iterable[str]:
    """Read the messages that follow the names: count, that many paths, kind, text, each ended by a NUL."""
    parts = notes.split(b"\0")
    at = 0
    while at < len(parts) and parts[at].isdigit():
        end = at + int(parts[at]) + 1
        if end + 1 < len(parts) and parts[end].startswith(b"CONFLICT"):
            yield parts[end + 1].decode("utf-8", "replace").strip()
        at = end + 2
