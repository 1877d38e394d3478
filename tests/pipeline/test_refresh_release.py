"""Patches on a release from a package index move to a newer release, whose folder has another name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.archives import sdist
from tests.support.builds import tree_of
from tests.support.guild import Said, guild, make_recipe
from tests.support.httpserver import Server, serving

RECIPE = """\
[package]
  name     = thing
  version  = 1
  source   = pypi:some-thing==1.0   # the release
  patches  = some_thing-1.0.patch
"""
LINES = [f"line {number}\n" for number in range(1, 21)]
PATCH = """\
Description: Count to ten
--- a/some_thing-1.0/mod.py
+++ b/some_thing-1.0/mod.py
@@ -7,7 +7,7 @@
 line 7
 line 8
 line 9
-line 10
+line ten
 line 11
 line 12
 line 13
--- /dev/null
+++ b/some_thing-1.0/new.py
@@ -0,0 +1 @@
+new
"""


def text(**changes: str) -> str:
    return "".join(f"{changes.get(f'l{number}', line.strip())}\n" for number, line in enumerate(LINES, 1))


@pytest.fixture
def index() -> Iterator[Server]:
    """An index with releases of one project."""
    releases = {"1.0": text(), "1.1": "first\n" + text(l2="two"), "1.2": text(l10="upstream's ten")}
    with serving() as server:
        listed = []
        for version, content in releases.items():
            body = sdist(
                "some_thing", version, {"mod.py": content, "setup.py": "raise SystemExit(9)\n", "README": "r\n"}
            )
            url = server.put(f"/files/some_thing-{version}.tar.gz", body)
            hashes = {"sha256": hashlib.sha256(body).hexdigest()}
            listed.append({"filename": f"some_thing-{version}.tar.gz", "url": url, "hashes": hashes, "size": len(body)})
        page = json.dumps({"meta": {"api-version": "1.1"}, "name": "some-thing", "files": listed})
        server.put("/simple/some-thing/", page, media="application/vnd.pypi.simple.v1+json")
        yield server


def recipe_of(index: Server, folder: Path) -> tuple[Path, str]:
    recipe = make_recipe(folder, RECIPE.replace("   # the release", ""), **{"some_thing-1__0__patch": PATCH})
    mirror = f"--source=some-thing={index.root}/simple"
    guild("package", mirror, cwd=recipe).ok()
    return recipe, mirror


def refresh(recipe: Path, mirror: str, version: str, *options: str) -> Said:
    return guild("patch", "refresh", "--onto", version, mirror, *options, cwd=recipe)


def test_a_patch_moves_to_a_newer_release(index: Server, tmp_path: Path) -> None:
    recipe, mirror = recipe_of(index, tmp_path / "recipe")
    before = tree_of(recipe)
    assert "applies elsewhere in the file, written anew" in refresh(recipe, mirror, "1.1", "-n").ok().out
    assert {name: about for name, about in tree_of(recipe).items() if name not in (".", "logs")} == {
        name: about for name, about in before.items() if name not in (".", "logs")
    }
    refresh(recipe, mirror, "1.1").ok()
    assert "  source   = pypi:some-thing==1.1\n" in (recipe / "GuildPkg").read_text()
    patch = (recipe / "some_thing-1.0.patch").read_text()
    assert patch.startswith("Description: Count to ten\n")
    assert "some_thing-1.0/" not in patch
    guild("package", mirror, "--locked", "-f", cwd=recipe).ok()
    assert (recipe / "src/some_thing-1.1/mod.py").read_text() == "first\n" + text(l2="two", l10="line ten")
    assert (recipe / "src/some_thing-1.1/new.py").read_text() == "new\n"
    assert not (recipe / "src/some_thing-1.0").exists()


def test_a_conflict_with_a_newer_release_is_settled_and_saved(index: Server, tmp_path: Path) -> None:
    recipe, mirror = recipe_of(index, tmp_path / "recipe")
    assert "CONFLICT" in refresh(recipe, mirror, "1.2").failed().out
    place = recipe / "src/some_thing-1.2/mod.py"
    assert "upstream's ten\n=======\nline ten\n" in place.read_text()
    assert "upstream's ten\n" in (recipe / "src/some_thing-1.2.orig/mod.py").read_text()
    place.write_text(text(l10="our own ten"))
    guild("patch", "save", mirror, cwd=recipe).ok()
    guild("package", mirror, "--locked", "-f", cwd=recipe).ok()
    assert place.read_text() == text(l10="our own ten")
    assert (recipe / "src/some_thing-1.2/new.py").read_text() == "new\n"
