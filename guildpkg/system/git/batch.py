"""Reading the objects of a git repository on this machine, without ever fetching one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.digests import GitId
from guildpkg.system.git.plumbing import CHUNK, OFFLINE, read, start
from guildpkg.system.git.talk import GitFailed, last_line

if TYPE_CHECKING:
    from guildpkg.system.process.alone import Piped


def settings_of(repo: Path, blob: GitId) -> dict[str, str]:
    """Read a blob that is written like a git configuration file (``.gitmodules``): names to values.

    Raises:
        GitFailed: It is not written like one.
    """
    listed = read(repo, "config", "-z", "--blob", blob, "--list").decode(errors="surrogateescape")
    return {name: value for name, _, value in (item.partition("\n") for item in listed.split("\0") if item)}


class Batch:
    """Objects of one repository, read one after the other from one git process."""

    def __init__(self, process: Piped) -> None:
        self._process = process
        self._unread: Iterator[bytes] = iter(())

    def get(self, id_: GitId) -> tuple[str, int, Iterator[bytes]] | None:
        """Give an object's kind, size and bytes in chunks, or None when it is not there.

        The chunks are of no use any more once `get` has been called again. They are not checked against the id.

        Raises:
            GitFailed: git cannot read it.
        """
        for _ in self._unread:
            pass
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{id_}\n".encode())
            self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        if words[1:] == [b"missing"]:
            return None
        if len(words) != 3 or words[0].decode() != id_:
            raise self._failure()
        self._unread = self._chunks(int(words[2]))
        return words[1].decode(), int(words[2]), self._unread

    def _chunks(self, size: int) -> Iterator[bytes]:
        while size:
            chunk = self._process.stdout.read(min(size, CHUNK))
            if not chunk:
                raise self._failure()
            size -= len(chunk)
            yield chunk
        self._process.stdout.read(1)

    def _failure(self) -> GitFailed:
        self._process.process.terminate()
        said = self._process.stderr.read().decode(errors="replace")
        return GitFailed(f"git cannot read its objects: {last_line(said)}")


@contextlib.contextmanager
def batch(repo: Path) -> Iterator[Batch]:
    """Open a repository for reading objects that are there; nothing is fetched."""
    with start(repo, OFFLINE, ["cat-file", "--batch"]) as process:
        yield Batch(process)
