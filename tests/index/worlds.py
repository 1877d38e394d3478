"""Packages to publish, and homes to publish from and to install into."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from guildpkg.archive.bundle import canonical_tar
from guildpkg.archive.write import write_archive
from guildpkg.core.digests import sha256
from guildpkg.core.events import Event
from guildpkg.core.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.index.keys import no_passphrase
from guildpkg.pipeline.indexes import Indexes, Offer
from guildpkg.pipeline.publish import Published, publish
from guildpkg.pipeline.setting import Setting
from guildpkg.system.disk import scan
from tests.archive.making import EPOCH, RECIPE, tree


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
