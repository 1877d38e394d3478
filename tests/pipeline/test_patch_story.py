"""The life of a patch: as the README shows it, and as the walk-through's closing list asks for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.conftest import FILES, World
from tests.support.guild import guild, make_recipe, members

README = Path(__file__).parents[2] / "README.md"


def run_lines(lines: str, folder: Path) -> str:
    """Run the shell lines of a page."""
    script = "\n".join(re.findall(r"^\$ (.+)$", lines, re.MULTILINE))
    script = f'set -e\nguild() {{ "{sys.executable}" -m guildpkg "$@"; }}\n{script}'
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def redirected(world: World) -> World:
    """The world, at the address that its recipe names."""
    place = Path(os.environ["GIT_CONFIG_GLOBAL"])
    place.write_text(f'[url "{world.server.url}/"]\n\tinsteadOf = https://example.org/org/\n')
    return world


def test_the_example_in_the_readme_works_as_it_stands(redirected: World) -> None:
    block = README.read_text().partition("## Patches that live")[2].partition("```console\n")[2].partition("```")[0]
    first, second = block.split("# upstream moves\n")
    run_lines(first, redirected.recipe)
    assert "Description: Begin with eleven" in (redirected.recipe / "fix.patch").read_text()
    redirected.upstream.commit({**FILES, "lib/part/a.py": "one = 1\ntwo = 2\nthree = 3\nfour = 4\n"})
    said = run_lines(second, redirected.recipe)
    assert "1 commit ahead, 1 of them touching the subtree" in said
    assert "fix.patch touches a file that changed" in said
    assert "the same bytes came out" in said
    assert (redirected.recipe / "src/lib/part/a.py").read_text() == "one = 11\ntwo = 22\nthree = 3\nfour = 4\n"


CLOSING = """\
[package]
  name     = thing
  version  = 1
  source   = https://example.org/org/thing/tree/main/lib/part
  packager = packager
"""
HOOKS = """\
prepare() { patch -p1 < lib.patch; }
package() { cp lib/part/*.py with_summaries.py Guild "$pkgdir"; }
"""


def test_the_closing_list_of_the_walk_through_is_a_command_each_way(redirected: World) -> None:
    """Keep NAME.orig, generate NAME.patch, ship Guild.in and a script, patch in prepare."""
    recipe = make_recipe(redirected.recipe.parent / "closing", CLOSING, packager="package() { :; }\n")
    guild("package", cwd=recipe).ok()
    src = recipe / "src"
    shutil.copytree(src / "lib", src / "lib.orig")
    place = src / "lib/part/a.py"
    place.write_text(place.read_text().replace("two = 2", "two = 22"))
    guild("patch", "save", cwd=recipe).ok()
    assert (src / "lib.orig/part/a.py").read_text() == FILES["lib/part/a.py"]
    text = (recipe / "GuildPkg").read_text()
    assert "  patches  = lib.patch\n" in text
    listed = text.replace("  patches  = lib.patch\n", "").replace(
        "lib/part\n", "lib/part lib.patch Guild.in with_summaries.py\n"
    )
    files = {"Guild__in": "[project]\n", "with_summaries__py": "import a\n", "packager": HOOKS}
    make_recipe(recipe, listed, **files)
    guild("package", "-f", "--sandbox", "off", cwd=recipe).ok()
    assert members(recipe / "thing-1.pkg.tar.xz") == ["./", "./.GuildPkg", "./Guild", "./a.py", "./with_summaries.py"]
    assert (recipe / "pkg" / "a.py").read_text() == "one = 1\ntwo = 22\nthree = 3\n"
