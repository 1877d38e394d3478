"""Each test that asks for a world runs without a sandbox, and in it where it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.hooks.context import Confinement
from guildpkg.system.sandbox import probe
from tests.hooks.world import World


def sandbox() -> Confinement:
    """Give the sandbox, or skip the test."""
    state = probe()
    if not state.available:
        pytest.skip(f"no sandbox: {state.why}")
    return Confinement(state)


@pytest.fixture(params=["sandbox", "no sandbox"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A world of either kind."""
    return World.at(tmp_path, sandbox() if request.param == "sandbox" else Confinement(None, "switched off"))


@pytest.fixture
def sandboxed(tmp_path: Path) -> World:
    """A world with the sandbox."""
    return World.at(tmp_path, sandbox())


@pytest.fixture
def unconfined(tmp_path: Path) -> World:
    """A world without."""
    return World.at(tmp_path, Confinement(None, "switched off"))
