"""Worlds for whole builds: an upstream served by git, and a recipe that packages a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.githttp import GitServer, serving
from tests.support.guild import Said, guild, make_recipe
from tests.support.repos import Content, Program, Repo

RECIPE = """\
[package]
  name     = thing
  version  = 1
  source   = https://example.org/org/thing/tree/main/lib/part extra.txt
  patches  = fix.patch
  packager = packager
"""
PATCH = """\
--- a/lib/part/a.py
+++ b/lib/part/a.py
@@ -1,3 +1,3 @@
 one = 1
-two = 2
+two = 22
 three = 3
"""
PACKAGER = """\
build() { sort -r lib/part/a.py > built.txt; }
check() { test -s built.txt; }
package() { cp -R lib built.txt extra.txt "$pkgdir/"; }
"""
FILES: dict[str, Content] = {
    "README": "top\n",
    "lib/part/a.py": "one = 1\ntwo = 2\nthree = 3\n",
    "lib/part/run.sh": Program(b"#!/bin/sh\n"),
    "lib/part/deep/b.txt": "b\n",
    "lib/other/c.py": "c\n" * 1000,
}


@dataclass
class World:
    """A recipe, its upstream, and `guild` run on it.

    Attributes:
        recipe: The recipe's folder.
        upstream: The repository.
        server: What serves it.
    """

    recipe: Path
    upstream: Repo
    server: GitServer

    @property
    def mirror(self) -> str:
        """The option that names the loopback server instead of the host in the recipe."""
        return f"--source=thing={self.server.url}/thing.git"

    def package(self, *options: str, **env: str) -> Said:
        """Run `guild package` in the recipe's folder, from the loopback server."""
        return guild("package", self.mirror, *options, cwd=self.recipe, env=env)

    @property
    def archive(self) -> Path:
        """The archive that a build of the recipe makes."""
        return self.recipe / "thing-1.pkg.tar.xz"

    def move_upstream(self) -> str:
        """Let the branch go on with a change of the subtree."""
        return self.upstream.commit({**FILES, "lib/part/a.py": "one = 1\ntwo = 2\nthree = 3\nfour = 4\n"})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A recipe with a git source, a local file, a patch and three hooks."""
    upstream = Repo(tmp_path / "served" / "thing.git")
    upstream.commit(FILES)
    files = {"fix__patch": PATCH, "extra__txt": "extra\n", "packager": PACKAGER}
    recipe = make_recipe(tmp_path / "recipe", RECIPE, **files)
    with serving(tmp_path / "served") as server:
        yield World(recipe, upstream, server)
