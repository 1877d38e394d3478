"""The table of source kinds, beside the folder."""

from __future__ import annotations

from pathlib import Path

import guildpkg.sources
from guildpkg.sources.table import MODULES, fetch
from tests.sources.conftest import World

HELPERS = {"index_pages", "index_search", "laying", "pip_config", "request", "table"}


def test_the_table_lists_every_module_of_the_folder() -> None:
    folder = Path(guildpkg.sources.__file__).parent
    names = {path.stem for path in folder.iterdir() if not path.name.startswith("__")}
    assert {name.removeprefix("guildpkg.sources.") for name in MODULES.values()} == names - HELPERS


def test_a_source_is_fetched_by_its_kind(world: World) -> None:
    (world.recipe / "x").write_text("hello")
    assert fetch(world.request("file", "x"), world.home, world.events.append).way == "recipe"
