"""The reference for users names what the code knows, no more and no less."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from guildpkg.core.recipe.model import HOOKS, KEYS
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.core.sources import Pin

PAGE = (Path(__file__).parents[2] / "docs" / "recipe.md").read_text(encoding="utf-8")


def rows(title: str) -> list[str]:
    """Give the names in the first column of the table below a title."""
    below = re.split(r"^#+ ", PAGE.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| `([^`]+)` \|", below, re.MULTILINE)


@pytest.mark.parametrize("section", KEYS)
def test_every_key_has_its_row(section: str) -> None:
    title = '[source "NAME"]' if section == "source" else f"[{section}]"
    assert sorted(rows(title)) == sorted(KEYS[section])


def test_the_hooks_are_listed_in_their_order() -> None:
    assert tuple(rows("packager")) == HOOKS


def test_every_key_of_the_lock_is_named() -> None:
    table = PAGE.partition("## GuildPkg.lock")[2].partition("## The archive")[0]
    assert {field.name for field in fields(Pin)} - {"name"} <= set(re.findall(r"`(\w+)`", table))


def test_the_example_is_a_recipe() -> None:
    example = PAGE.partition("```ini\n")[2].partition("```")[0]
    assert read_recipe(example, "GuildPkg").name == "mnist-tutorial-src"
