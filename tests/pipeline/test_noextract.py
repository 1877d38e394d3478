"""``guild package -e``: building from ``src/`` as it stands, and only when it is what the recipe says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.archive.bundle import LINK, read_canonical_tar
from guildpkg.archive.read import open_archive
from tests.pipeline.conftest import World
from tests.support.guild import guild, make_recipe, members

PACKAGER = """\
prepare() { echo prepared >> prepared.txt; }
build() { grep -q prepared prepared.txt; test ! -e broken; cp prepared.txt built.txt; }
package() { cp built.txt "$pkgdir"; }
"""
RECIPE = "[package]\n  name = odd\n  version = 1\n  packager = packager\n  source = extra.txt\n"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    folder = make_recipe(tmp_path / "recipe", RECIPE, extra__txt="extra\n")
    (folder / "packager").write_text(PACKAGER)
    return folder


def internal(recipe: Path) -> dict[str, object]:
    """Give what the build statement keeps of the way the build was made."""
    statement = json.loads((recipe / "odd-1.build.json").read_text())
    found: dict[str, object] = statement["predicate"]["buildDefinition"]["internalParameters"]
    return found


def test_prepare_runs_once_in_a_tree_however_often_it_is_built(recipe: Path) -> None:
    guild("package", cwd=recipe).ok()
    said = guild("package", "-e", cwd=recipe).ok()
    assert "Running prepare" not in said.err
    assert (recipe / "pkg/built.txt").read_text() == "prepared\n"
    assert internal(recipe)["hooksLeftOut"] == ["prepare"]


def test_prepare_runs_in_a_tree_that_was_only_laid_out(recipe: Path) -> None:
    guild("package", "-o", cwd=recipe).ok()
    assert "run prepare\n" in guild("package", "-e", "-n", cwd=recipe).ok().out
    assert "Running prepare" in guild("package", "-e", cwd=recipe).ok().err
    assert (recipe / "pkg/built.txt").read_text() == "prepared\n"


def test_prepare_runs_again_when_it_failed(recipe: Path) -> None:
    (recipe / "packager").write_text(PACKAGER.replace("echo prepared", "test ! -e broken; echo prepared"))
    guild("package", "-o", cwd=recipe).ok()
    (recipe / "src/broken").write_text("")
    assert "the prepare hook failed" in guild("package", "-e", cwd=recipe).failed().err
    (recipe / "src/broken").unlink()
    assert "Running prepare" in guild("package", "-e", cwd=recipe).ok().err


def test_edits_that_were_built_with_are_named_in_the_statement(recipe: Path) -> None:
    guild("package", "-o", cwd=recipe).ok()
    (recipe / "src/extra.txt").write_text("mine\n")
    guild("package", "-e", cwd=recipe).ok()
    assert internal(recipe)["edited"] == ["extra.txt"]


def other_file(recipe: Path) -> None:
    (recipe / "extra.txt").write_text("another\n")


def one_source_more(recipe: Path) -> None:
    (recipe / "GuildPkg").write_text(RECIPE.replace("extra.txt", "extra.txt packager"))


def one_patch_more(recipe: Path) -> None:
    (recipe / "GuildPkg").write_text(RECIPE + "  patches = new.patch\n")
    (recipe / "new.patch").write_text("--- a/extra.txt\n+++ b/extra.txt\n@@ -1 +1 @@\n-extra\n+more\n")


def other_lock(recipe: Path) -> None:
    (recipe / "extra.txt").write_text("another\n")
    guild("lock", cwd=recipe).ok()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_file, "extra.txt changed since src/ was laid out"),
        (one_source_more, "GuildPkg.lock does not stand for the recipe any more: packager"),
        (one_patch_more, "new.patch changed since GuildPkg.lock was written"),
        (other_lock, "src/ was laid out from something else than GuildPkg.lock says now"),
    ],
)
def test_a_tree_that_is_not_the_recipes_any_more_is_refused(
    recipe: Path, change: Callable[[Path], None], message: str
) -> None:
    guild("package", "-o", cwd=recipe).ok()
    (recipe / "src/mine.txt").write_text("mine\n")
    change(recipe)
    said = guild("package", "-e", cwd=recipe).failed()
    assert message in said.err
    assert "`guild package -c` lay src/ out anew" in said.err
    assert (recipe / "src/mine.txt").read_text() == "mine\n"


def test_a_changed_packager_may_build_the_tree_again(world: World) -> None:
    world.package().ok()
    (world.recipe / "packager").write_text('package() { echo new > "$pkgdir/new"; }\n')
    world.package("-e", "-f").ok()
    assert members(world.archive)[2:] == ["./new"]


def test_a_local_folder_is_in_the_archive_with_its_links_and_without_empty_folders(tmp_path: Path) -> None:
    recipe = make_recipe(
        tmp_path / "recipe", RECIPE.replace("extra.txt", "tree").replace("  packager = packager\n", "")
    )
    (recipe / "tree/empty").mkdir(parents=True)
    (recipe / "tree/a").write_text("a\n")
    (recipe / "tree/b").symlink_to("a")
    guild("package", cwd=recipe).ok()
    archive = recipe / "odd-1.pkg.tar.xz"
    assert members(archive)[2:] == ["./tree/", "./tree/a", "./tree/b"]
    with open_archive(archive) as package:
        inside = read_canonical_tar(package.manifest.bundle, name="x")
    assert inside[b"tree/b"] == (LINK, b"a")
    guild("verify", archive, cwd=recipe).ok()


def test_local_files_that_no_manifest_can_carry_are_refused_before_anything_runs(tmp_path: Path) -> None:
    recipe = make_recipe(tmp_path / "recipe", RECIPE, packager="build() { :; }\n")
    with (recipe / "extra.txt").open("wb") as file:
        file.truncate(41 << 20)
    said = guild("package", cwd=recipe).failed()
    assert "GuildPkg:5: the recipe's own files come to more than 40 MB" in said.err
    assert not (recipe / "src").exists()
