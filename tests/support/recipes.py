"""The recipes that ship, built for tests; what they fetch is shared by all workers of a session."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.guild import guild

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "recipes"
MADE = shutil.ignore_patterns("src", "pkg", "logs", "*.pkg.tar.*", "*.build.json")


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all recipes of this session: the release they share is fetched once."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-home"


def archive_of(name: str, tmp_path: Path, home: Path) -> Path:
    """Build a copy of a shipped recipe from its lock; give the archive."""
    recipe = tmp_path / name
    shutil.copytree(RECIPES / name, recipe, ignore=MADE)
    guild("-H", home, "package", "--locked", cwd=recipe, timeout=300).ok()
    return next(recipe.glob("*.pkg.tar.xz"))
