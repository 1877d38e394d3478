"""A world for git sources: a server with one repository, a home, and the question that recipes ask."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from guildpkg.core.digests import tree_digest
from guildpkg.core.events import Detail, Event, Step, Warn
from guildpkg.core.sources import Limits, Pin, Source
from guildpkg.errors import Where
from guildpkg.sources.git import Patience, fetch
from guildpkg.sources.request import Fetched, Request
from guildpkg.system import disk
from tests.support.githttp import GitServer, serving
from tests.support.repos import Content, Link, Module, Program, Repo

QUICK = Patience(stall=2, pauses=(0.05,))
TREE: Mapping[str, Content] = {
    "README": "top\n",
    "a/other": "not wanted\n",
    "a/b/mnist.py": "print('hello')\n" * 40,
    "a/b/run.sh": Program(b"#!/bin/sh\n"),
    "a/b/data/x": b"\x00\xff\r\n$Id$\r\n",
    "a/b/link": Link("data/x"),
    "z/far": "away\n" * 99,
}


@dataclass
class World:
    """Everything that one test needs.

    Attributes:
        folder: The test's own folder.
        server: Serves what lies in ``folder/root``.
        up: The repository ``org/up.git`` there: two commits of `TREE` on main, the tag v1 on the second.
        events: What was reported, oldest first.
    """

    folder: Path
    server: GitServer
    up: Repo
    events: list[Event] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def pages(self) -> str:
        """Where the pages of org/up begin."""
        return f"{self.server.url}/org/up"

    def repo(self, name: str, object_format: str = "sha1") -> Repo:
        """Add a repository ``org/NAME.git`` to the server."""
        return Repo(self.folder / "root" / "org" / f"{name}.git", object_format)

    def get(
        self,
        text: str,
        *,
        pin: Pin | None = None,
        mirror: str = "",
        offline: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        commit: str = "",
        tree: str = "",
        submodules: bool = False,
    ) -> Fetched:
        """Fetch a source; a text that begins with a slash is a page of org/up."""
        url = self.pages + text if text.startswith("/") else text
        where = Where("GuildPkg", 3)
        source = Source("up", url, "git", where, commit=commit, tree=tree, submodules=submodules)
        request = Request(source, self.folder, pin, mirror, offline, limits)
        return fetch(request, self.home, self.events.append, patience=QUICK)

    def laid(self, fetched: Fetched) -> dict[str, Content]:
        """Lay a source into a new folder and read back from disk what lies there; the entries say the same."""
        target = Path(self.folder / "src")
        disk.remove(target)
        target.mkdir()
        entries = fetched.lay(target)
        assert entries == disk.scan(target)
        return {os.fsdecode(entry.path): _content(target / os.fsdecode(entry.path)) for entry in entries}

    def lock(self, fetched: Fetched) -> Pin:
        """Give the pin as the lock has it, the digest of what is laid included."""
        self.laid(fetched)
        entries = disk.scan(self.folder / "src")
        return replace(fetched.pin, digest=tree_digest(entries), size=sum(entry.size for entry in entries))

    def fresh(self) -> None:
        """Begin with an empty cache, and count from nothing."""
        disk.remove(self.home)
        self.server.forget()
        self.events.clear()

    def said(self, kind: type[Step | Detail | Warn]) -> str:
        """Join the texts of all events of a kind."""
        return "\n".join(event.text for event in self.events if isinstance(event, kind))


def _content(path: Path) -> Content:
    if path.is_symlink():
        return Link(str(path.readlink()))
    return Program(path.read_bytes()) if path.stat().st_mode & 0o100 else path.read_bytes()


def below(files: Mapping[str, Content], path: str) -> dict[str, Content]:
    """Give the files of a tree at or below a path, texts as bytes: what a source at that path has to lay."""
    return {
        name: content.encode() if isinstance(content, str) else content
        for name, content in files.items()
        if not isinstance(content, Module) and (name == path or name.startswith(f"{path}/") or not path)
    }


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Make a world."""
    up = Repo(folder / "root" / "org" / "up.git")
    up.commit({**TREE, "a/b/mnist.py": "print('old')\n"})
    up.commit(TREE)
    up.tag("v1")
    with serving(folder / "root") as server:
        yield World(folder, server, up)
