"""A home, and the pipelines run on it in this process."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from guildpkg.core.events import Event
from guildpkg.core.packages.generation import Generation
from guildpkg.index.keys import no_passphrase
from guildpkg.install.apply import Change, apply
from guildpkg.install.lay import read_archive
from guildpkg.pipeline.index.publish import publish
from guildpkg.pipeline.index.trusted import Indexes
from guildpkg.pipeline.installed import install, uninstall, verify
from guildpkg.pipeline.installed.upgrade import plan_upgrade
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.packages import Packages
from tests.support.packages import FILES, make_package


@dataclass
class World:
    """A home and a folder for archives.

    Attributes:
        folder: Where archives are made.
        home: `$GUILD_HOME`.
        heard: What was reported.
    """

    folder: Path
    home: Path
    heard: list[Event] = field(default_factory=list)

    @property
    def setting(self) -> Setting:
        """The outside world."""
        return Setting(self.home, dict(os.environ), self.heard.append, time.time)

    @property
    def store(self) -> Packages:
        """The store."""
        return Packages(self.home)

    @property
    def installed(self) -> list[str]:
        """What is installed."""
        return [package.entry for package in self.store.current().packages]

    @property
    def links(self) -> list[str]:
        """What the link of the home shows, which must always be the same."""
        return sorted(path.name for path in (self.home / "packages").glob("[!.]*"))

    def make(self, name: str = "sample", version: str = "1", files: dict[str, str] = FILES, requires: str = "") -> str:
        """Make an archive and give its path."""
        return str(make_package(self.folder, name, version, files, requires=requires))

    def install(self, *words: str) -> Generation | None:
        """Plan and install."""
        with Indexes(self.setting) as indexes:
            return install.carry_out(install.plan(words, self.folder.joinpath, indexes), indexes)

    def upgrade(self, *words: str) -> Generation | None:
        """Plan and upgrade."""
        with Indexes(self.setting) as indexes:
            return install.carry_out(plan_upgrade(words, indexes), indexes, action="upgrade")

    def publish(self, *archives: str) -> None:
        """Put archives on the embedded index."""
        publish([(Path(path), path) for path in archives], "", self.setting, no_passphrase)

    def add_needed(self, path: str) -> None:
        """Install an archive as one that others need."""
        archive = read_archive(Path(path), explicit=False, origin="test")
        apply(self.store, Change("install", (archive,)))

    def uninstall(self, *words: str) -> Generation | None:
        """Plan and uninstall."""
        return uninstall.uninstall(uninstall.plan_uninstall(words, self.setting), self.setting)

    def rollback(self, number: int | None = None) -> Generation | None:
        """Go back."""
        return uninstall.rollback(number, self.setting)

    def gc(self, keep: int = 1) -> None:
        """Collect garbage."""
        uninstall.gc(keep, self.setting)

    def problems(self, *, mend: bool = False) -> list[str]:
        """Verify everything, and say what is wrong (still wrong, after a repair)."""
        found = []
        for package in self.store.current().packages:
            outcome = verify.verify_installed(package, self.setting, mend=mend)
            found += [f"{item.word} {item.shown}" for item in outcome.left]
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty home."""
    return World(tmp_path, Path(os.environ["GUILD_HOME"]))
