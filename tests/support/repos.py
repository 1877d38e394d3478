"""Builders of real git repositories: a dict of files becomes a commit, through ``git fast-import``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EPOCH = 1_500_000_000


@dataclass(frozen=True)
class Program:
    """An executable file."""

    data: bytes


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Module:
    """A submodule at a commit."""

    commit: str


Content = bytes | str | Program | Link | Module


class Repo:
    """A bare repository, made or found, that grows commit by commit, each a minute younger than the one before."""

    def __init__(self, path: Path, object_format: str = "sha1") -> None:
        self.path = path
        self._commits = 0
        if path.exists():
            return
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", "-b", "main")
        self.git("config", "uploadpack.allowFilter", "true")

    def git(self, *words: str, given: bytes = b"") -> str:
        """Run git in the repository and give what it prints."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.org",
            "GIT_COMMITTER_DATE": f"{EPOCH} +0000",
        }
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=environment, input=given, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[str, Content], branch: str = "main") -> str:
        """Make *files* the whole content of a branch; give the commit's id."""
        ref = f"refs/heads/{branch}"
        self._commits += 1
        stream = bytearray(b"commit %s\n" % ref.encode())
        stream += b"committer A <a@example.org> %d +0200\ndata 3\nyes\n" % (EPOCH + 60 * self._commits)
        if self.git("for-each-ref", ref):
            stream += b"from %s^0\n" % ref.encode()
        stream += b"deleteall\n"
        for name, content in files.items():
            stream += _line(name, content)
        self.git("fast-import", "--quiet", given=bytes(stream))
        return self.id(ref)

    def tag(self, name: str, target: str = "main", *, annotated: bool = False) -> None:
        """Tag a commit, or any other object."""
        self.git("tag", *(("-a", "-m", name) if annotated else ()), name, target)

    def id(self, name: str) -> str:
        """Give the id of a revision or of ``REVISION:PATH``."""
        return self.git("rev-parse", "--verify", name)

    def packed(self, *ids: str) -> int:
        """Give the size of the smallest pack that git makes of exactly these objects."""
        return len(
            subprocess.run(
                ["git", "pack-objects", "--stdout", "--quiet", "--delta-base-offset"],
                cwd=self.path,
                input="\n".join(ids).encode(),
                capture_output=True,
                check=True,
            ).stdout
        )


def _line(name: str, content: Content) -> bytes:
    path = b'"%s"' % name.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(
        b"\n", b"\\n"
    )
    if isinstance(content, Module):
        return b"M 160000 %s %s\n" % (content.commit.encode(), path)
    mode, data = b"100644", content
    if isinstance(content, Program):
        mode, data = b"100755", content.data
    elif isinstance(content, Link):
        mode, data = b"120000", content.target
    data = data.encode() if isinstance(data, str) else data
    assert isinstance(data, bytes)
    return b"M %s inline %s\ndata %d\n%s\n" % (mode, path, len(data), data)
