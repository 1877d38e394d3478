"""Packages to publish, and homes to publish from and to install into."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer
from tuf.api.metadata import Metadata

from guildpkg.archive.bundle import canonical_tar
from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import sha256
from guildpkg.core.events import Event
from guildpkg.index import trust
from guildpkg.index.client import Client
from guildpkg.index.folder import FolderStore
from guildpkg.index.keys import no_passphrase
from guildpkg.index.state import to_bytes
from guildpkg.index.trust import Known
from guildpkg.pipeline.index import admin as index_admin
from guildpkg.pipeline.index import keys as index_keys
from guildpkg.pipeline.index.admin import ring_of
from guildpkg.pipeline.index.publish import Published, publish
from guildpkg.pipeline.index.trusted import Indexes, Offer
from guildpkg.pipeline.setting import Setting
from guildpkg.system.disk import scan
from tests.archive.making import EPOCH, RECIPE, tree
from tests.support.httpserver import Server


def make_archive(
    folder: Path, name: str = "mnist", version: str = "1", *, content: bytes = b"hi\n", needs: str = "", about: str = ""
) -> Path:
    """Make a small archive of a package."""
    root = tree(folder / f"tree-{name}-{version}", {"data.txt": content})
    said = (("name", name), ("version", version), *([("description", about)] if about else []))
    sections = [Kept("package", (), said), *([Kept("requires", (), (("packages", needs),))] if needs else [])]
    build = Build("0.1.0", EPOCH, sha256(RECIPE), sha256(b""), "xz")
    bundle = canonical_tar({b"GuildPkg": (0o644, RECIPE)})
    text = format_manifest(Manifest(tuple(sections), build, (), scan(root), bundle))
    return write_archive(root, text, folder / f"{name}-{version}.pkg.tar.xz").path


@dataclass
class Home:
    """A ``$GUILD_HOME`` of its own, with a clock that can be moved.

    Attributes:
        path: The folder.
        ahead: Seconds by which its clock is ahead.
        told: What was reported.
    """

    path: Path
    ahead: float = 0.0
    told: list[Event] = field(default_factory=list)

    @property
    def setting(self) -> Setting:
        """What pipelines need."""
        return Setting(self.path, {}, self.told.append, lambda: time.time() + self.ahead)

    def publish(self, *archives: Path, index: str = "") -> tuple[Published, ...]:
        """Publish archives."""
        return publish([(path, path.name) for path in archives], index, self.setting, no_passphrase)

    def releases(self, name: str, *, offline: bool = False) -> tuple[Offer, ...]:
        """Ask all indexes for a package."""
        with Indexes(self.setting, offline=offline) as indexes:
            return indexes.releases(name)

    def versions(self, name: str) -> list[str]:
        """Name the versions of a package that there are."""
        return [offer.release.version for offer in self.releases(name)]

    def obtain(self, name: str) -> bytes:
        """Give the bytes of the newest archive of a package."""
        with Indexes(self.setting) as indexes:
            return indexes.obtain(indexes.releases(name)[-1]).read_bytes()


@dataclass
class Middle:
    """Somebody between an index and its user, who can serve whatever they like (`core.ports.IndexReader`).

    Attributes:
        root: The folder of the index.
        lies: What is served instead, by path.
        asked: The paths that were asked for.
    """

    root: Path
    lies: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, path: str, most: int) -> bytes:
        self.asked.append(path)
        return self.lies[path][: most + 1] if path in self.lies else FolderStore(self.root).read(path, most)

    def url(self, path: str) -> str:
        return FolderStore(self.root).url(path)

    def serve_as_of(self, copy: Path) -> None:
        """Serve the index as it was when a copy of it was made."""
        for place in copy.rglob("*.json*"):
            self.lies[place.relative_to(copy).as_posix()] = place.read_bytes()

    def swap(self, path: str, change: Callable[[Any], None], signer: Signer | None = None) -> None:
        """Serve metadata with a change, signed by a key that somebody has stolen."""
        metadata: Metadata[Any] = Metadata.from_bytes(self.read(path, 1 << 24))
        change(metadata.signed)
        if signer is not None:
            metadata.sign(signer)
        self.lies[path] = to_bytes(metadata)


@dataclass
class Scene:
    """An index, whoever runs it, and a user with somebody in the middle.

    Attributes:
        owner: Whoever runs it.
        srv: Its folder.
        middle: What the user reads.
        known: The user's trust in it.
        archives: Where archives are made.
    """

    owner: Home
    srv: Path
    middle: Middle
    known: Known
    archives: Path

    def publish(self, version: str, name: str = "mnist") -> None:
        """Publish a version more."""
        self.owner.publish(make_archive(self.archives, name, version), index="ours")

    def versions(self, name: str = "mnist") -> list[str]:
        """What the user gets to see."""
        shard = Client(self.known, self.middle).shard(name)
        return [release.version for release in shard.releases] if shard else []

    def copy(self) -> Path:
        """Make a copy of the index as it is."""
        return Path(shutil.copytree(self.srv, self.archives / f"copy {len(list(self.archives.iterdir()))}"))

    def newest(self, role: str) -> str:
        """The path of the newest metadata of a role."""
        found = [path.name for path in (self.srv / "metadata").glob(f"*.{role}.json")]
        return f"metadata/{max(found, key=lambda name: int(name.partition('.')[0]))}"

    def bin(self, name: str = "mnist") -> str:
        """The path of the newest bin that lists a package."""
        digest = sha256(f"shards/{name}.json".encode())
        return self.newest(f"bin-{int(digest[:2], 16) >> (8 - BITS):x}")

    def key(self, group: str) -> Signer:
        """Steal a key."""
        row = next(row for row in index_keys.listing("ours", self.owner.setting) if row.group == group)
        return ring_of(self.owner.setting).signer(row.id)

    def rotate(self, group: str) -> None:
        """Put new keys in the place of those of a group."""
        index_keys.rotate("ours", group, self.owner.setting, no_passphrase, "")


BITS = 2


def make_scene(tmp_path: Path, *, days: int = 30) -> Scene:
    """Make an index with one release of ``mnist``, and a user who has seen it."""
    owner, srv = Home(tmp_path / "owner"), tmp_path / "srv"
    index_admin.init(srv, "ours", owner.setting, days=days, bits=BITS)
    pinned = (srv / "metadata/1.root.json").read_bytes()
    known = trust.add(tmp_path / "user", "ours", srv.as_uri(), pinned, store="", now=0)
    (tmp_path / "archives").mkdir()
    scene = Scene(owner, srv, Middle(srv), known, tmp_path / "archives")
    scene.publish("1")
    assert scene.versions() == ["1"]
    return scene


def serve(server: Server, folder: Path) -> str:
    """Put an index on a web server as it is now, and give its URL."""
    for path in folder.rglob("*"):
        if path.is_file():
            server.put("/" + path.relative_to(folder).as_posix(), path.read_bytes())
    return server.put("/none", b"").removesuffix("/none")
