"""One browser for all tests of the page, and one store of runs that tests only look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.guild import guild
from tests.view.worlds import environment, make_project, viewing

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@dataclass(frozen=True, slots=True)
class World:
    """Runs of a real project, and the view of them."""

    project: Path
    home: Path
    url: str

    def train(self, *words: str) -> None:
        """Train once more."""
        guild("-H", self.home, "train", *words, cwd=self.project, env=environment()).ok()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    from tests.view.browser import a_browser

    with a_browser() as found:
        yield found


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two trainings of the walk-through's project, and a view of them."""
    root = tmp_path_factory.mktemp("viewed")
    project = make_project(root / "mnist")
    home = root / "home"
    for words in (["-F", "max_steps=40"], []):
        guild("-H", home, "train", *words, cwd=project, env=environment()).ok()
    with viewing(project, home) as view:
        yield World(project, home, view.url)
