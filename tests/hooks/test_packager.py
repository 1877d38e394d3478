"""Which file a recipe's packager is, and in which language."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.errors import RecipeError, Where
from guildpkg.hooks.packager import find_packager


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "recipe").mkdir()
    (tmp_path / "shipped").mkdir()
    for name in ("default", "python-src", "wheels.py"):
        (tmp_path / "shipped" / name).write_text("")
    return tmp_path / "recipe"


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("packager", "build() { :; }", "shell"),
        ("packager", "#!/bin/bash\n", "shell"),
        ("packager", "#!/usr/bin/env bash\n", "shell"),
        ("packager", "#! /bin/sh -e\n", "shell"),
        ("packager", "", "shell"),
        ("packager.py", "", "python"),
        ("hooks", "#!/usr/bin/env python3\n", "python"),
        ("hooks", "#!/usr/bin/env -S python3 -I\n", "python"),
        ("hooks", "#!/usr/local/bin/python3.12\n", "python"),
    ],
)
def test_the_language_is_in_the_name_or_the_first_line(recipe: Path, name: str, text: str, language: str) -> None:
    (recipe / name).write_text(text)
    found = find_packager(recipe, name, recipe.parent / "shipped")
    assert (found.path, found.language, found.shipped) == (recipe / name, language, False)


@pytest.mark.parametrize(("name", "file"), [("", "default"), ("python-src", "python-src"), ("wheels", "wheels.py")])
def test_a_name_without_a_file_is_a_shipped_packager(recipe: Path, name: str, file: str) -> None:
    found = find_packager(recipe, name, recipe.parent / "shipped")
    assert (found.path.name, found.shipped) == (file, True)


def test_the_recipes_own_file_goes_before_a_shipped_one(recipe: Path) -> None:
    (recipe / "python-src").write_text("")
    assert not find_packager(recipe, "python-src", recipe.parent / "shipped").shipped


def test_a_packager_may_lie_deeper_in_the_recipe(recipe: Path) -> None:
    (recipe / "scripts").mkdir()
    (recipe / "scripts" / "hooks.sh").write_text("")
    assert find_packager(recipe, "scripts/hooks.sh", recipe.parent / "shipped").path == recipe / "scripts" / "hooks.sh"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "pyton-src",
            "there is no packager pyton-src, .*did you mean python-src. guildpkg has default, python-src, wheels",
        ),
        ("nothing", "there is no packager nothing, neither beside GuildPkg nor in guildpkg"),
        ("../outside", "leads out of its folder"),
        ("/etc/passwd", "leads out of its folder"),
        ("shipped/default", "there is no packager shipped/default"),
        ("link", "packager link is a link that leads out of the recipe"),
        ("dangling", "packager dangling is a link that leads out of the recipe"),
        ("folder", "packager folder is not a file"),
        ("perl", "packager perl is for perl .write it in bash or Python"),
        ("a\0b", "leads out of its folder"),
    ],
)
def test_what_is_no_packager_is_refused_with_its_place(recipe: Path, name: str, message: str) -> None:
    (recipe.parent / "outside").write_text("")
    (recipe / "link").symlink_to("../outside")
    (recipe / "dangling").symlink_to("/no/such/file")
    (recipe / "folder").mkdir()
    (recipe / "perl").write_text("#!/usr/bin/perl\n")
    with pytest.raises(RecipeError, match=f"GuildPkg:7: .*{message}"):
        find_packager(recipe, name, recipe.parent / "shipped", where=Where("GuildPkg", 7))
