"""What the tests of sources share: a server, a recipe, a way to ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from guildpkg.core.events import Event, Warn
from guildpkg.core.sources import Limits, Pin, Source
from guildpkg.errors import Where
from guildpkg.sources.request import Fetched, Request
from guildpkg.system.http.transfer import Settings
from tests.support import httpserver
from tests.support.httpserver import Server

QUICK = Settings(connect=2.0, stall=0.5, attempts=2, backoff=0.01)


@dataclass
class World:
    """A recipe's folder, a home, a folder to lay into, and what was reported."""

    recipe: Path
    home: Path
    src: Path
    events: list[Event] = field(default_factory=list)

    def request(
        self,
        kind: str,
        text: str,
        *,
        pin: Pin | None = None,
        mirror: str = "",
        offline: bool = False,
        limits: Limits | None = None,
        **details: object,
    ) -> Request:
        source = Source("name", text, kind, Where("GuildPkg", 3), **details)  # type: ignore[arg-type]
        return Request(source, self.recipe, pin, mirror, offline, limits or Limits())

    def lay(self, fetched: Fetched) -> list[str]:
        """Lay a source and name the files there are."""
        fetched.lay(self.src)
        return sorted(str(path.relative_to(self.src)) for path in self.src.rglob("*") if not path.is_dir())

    @property
    def warnings(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Warn)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    for name in ("recipe", "home", "target"):
        (tmp_path / name).mkdir()
    return World(tmp_path / "recipe", tmp_path / "home", tmp_path / "target")


@pytest.fixture
def server() -> Iterator[Server]:
    with httpserver.serving() as running:
        yield running
