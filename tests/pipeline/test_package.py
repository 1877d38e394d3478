"""Whole builds of one small recipe: what they make, what they refuse, what they leave."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.conftest import World
from tests.support.guild import beside, guild, make_recipe, members

OWN = {"GuildPkg", "GuildPkg.lock", "packager", "fix.patch", "extra.txt"}
MADE = {"src", "pkg", "logs", "thing-1.pkg.tar.xz", "thing-1.build.json"}


def test_a_build_makes_an_archive_a_statement_and_a_lock(world: World) -> None:
    world.package().ok()
    assert beside(world.recipe) == OWN | MADE
    assert members(world.archive) == [
        "./",
        "./.GuildPkg",
        "./built.txt",
        "./extra.txt",
        "./lib/",
        "./lib/part/",
        "./lib/part/a.py",
        "./lib/part/deep/",
        "./lib/part/deep/b.txt",
        "./lib/part/run.sh",
    ]
    unpacked = subprocess.run(["tar", "xOf", world.archive, "./lib/part/a.py"], capture_output=True, check=True)
    assert unpacked.stdout == b"one = 1\ntwo = 22\nthree = 3\n"


def test_the_lock_holds_computed_ids_and_nothing_of_the_mirror(world: World) -> None:
    world.package().ok()
    lock = (world.recipe / "GuildPkg.lock").read_text()
    assert world.upstream.id("main") in lock
    assert world.upstream.id("main:lib/part") in lock
    assert "127.0.0.1" not in lock
    assert "https://example.org/org/thing.git" in lock


def test_the_steps_are_told_on_stderr_and_nothing_on_stdout(world: World) -> None:
    said = world.package().ok()
    assert said.out == ""
    assert [line for line in said.steps if not line.startswith(" ")][:-1] == [
        f"Downloading {world.server.url}/thing.git",
        "Extracting lib/part",
        "Applying fix.patch",
        "Using packager",
        "Running build",
        "Running check",
        "Running package",
        "Creating thing-1.pkg.tar.xz",
    ]


def test_a_locked_build_asks_the_server_nothing_and_gives_the_same_bytes(world: World) -> None:
    world.package().ok()
    before = world.archive.read_bytes()
    world.server.forget()
    world.move_upstream()
    world.package("--locked").ok()
    assert world.server.requests == []
    assert world.archive.read_bytes() == before


def test_a_locked_build_from_an_empty_cache_is_one_fetch(world: World, tmp_path: Path) -> None:
    world.package().ok()
    before = world.archive.read_bytes()
    world.move_upstream()
    world.server.forget()
    world.package("--locked", GUILD_HOME=str(tmp_path / "other home")).ok()
    assert len(world.server.requests) == 2  # what one `git fetch` takes: capabilities, then the pack
    assert world.archive.read_bytes() == before


def test_the_lock_moves_when_asked_to(world: World) -> None:
    world.package().ok()
    commit = world.move_upstream()
    changes = guild("lock", "--update", "--json", world.mirror, cwd=world.recipe).ok().json()
    assert [(change["name"], commit in change["new"]) for change in changes] == [("thing", True)]
    refused = world.package().failed()
    assert "was built from something else" in refused.err
    world.package("-f").ok()
    assert "four = 4" in (world.recipe / "src/lib/part/a.py").read_text()


def test_a_dry_run_says_what_would_be_done_and_does_nothing(world: World) -> None:
    before = beside(world.recipe)
    said = world.package("-n").ok()
    assert said.out.splitlines() == [
        f"fetch https://example.org/org/thing/tree/main/lib/part from {world.server.url}/thing.git",
        "  and pin what it is",
        "take extra.txt",
        "apply fix.patch (95 B)",
        "run build",
        "run check",
        "run package",
        "create thing-1.pkg.tar.xz",
    ]
    assert beside(world.recipe) == before
    assert world.server.requests == []


def test_the_result_can_be_had_as_json(world: World) -> None:
    result = world.package("--json", "-q").ok().json()
    assert result["archive"] == str(world.archive)
    assert (result["name"], result["version"], result["files"]) == ("thing", "1", 5)
    assert [source["name"] for source in result["sources"]] == ["thing", "extra"]
    assert result["sources"][0]["commit"] == world.upstream.id("main")


def test_the_list_of_archives_is_printed_without_building(world: World) -> None:
    assert world.package("--packagelist").ok().out == f"{world.archive}\n"
    assert beside(world.recipe) == OWN - {"GuildPkg.lock"}


def test_download_only_lays_and_patches_src_and_runs_no_hook(world: World) -> None:
    world.package("-o").ok()
    assert beside(world.recipe) == OWN | {"src", "logs"}
    assert "two = 22" in (world.recipe / "src/lib/part/a.py").read_text()


def test_edits_in_src_are_never_overwritten(world: World) -> None:
    world.package().ok()
    edited = world.recipe / "src/lib/part/a.py"
    edited.write_text("mine\n")
    assert "src/ has 1 unsaved edit: lib/part/a.py" in world.package().failed().err
    assert edited.read_text() == "mine\n"
    assert "built with 1 unsaved edit in src/: lib/part/a.py" in world.package("-e", "-f").ok().err
    assert "src/ has 1 unsaved edit" in world.package().failed().err
    world.package("-c", "-f").ok()
    assert "two = 22" in edited.read_text()


def test_a_build_without_check_leaves_it_out(world: World) -> None:
    (world.recipe / "packager").write_text("check() { exit 3; }\npackage() { :; }\n")
    assert "the check hook failed (exit 3)" in world.package().failed().err
    assert "Running check" not in world.package("--nocheck").ok().err


def test_a_function_that_is_named_almost_like_a_hook_is_warned_of(world: World) -> None:
    (world.recipe / "packager").write_text("packge() { false; }\n")
    said = world.package().ok()
    assert "warning: packager:1: packge is not a hook and nothing calls it" in said.err
    assert "did you mean package?" in said.err


def test_a_failing_hook_leaves_the_old_archive_alone(world: World) -> None:
    world.package().ok()
    before = world.archive.read_bytes()
    (world.recipe / "packager").write_text('package() { echo "no such thing" >&2; false; }\n')
    said = world.package("-f").failed()
    assert "the package hook failed (exit 1):\n  no such thing\n" in said.err
    assert world.archive.read_bytes() == before


def test_pkgver_gives_the_version(world: World) -> None:
    (world.recipe / "packager").write_text("pkgver() { echo 2.0.0rc1; }\npackage() { echo $pkgver > $pkgdir/v; }\n")
    result = world.package("--json").ok().json()
    assert Path(result["archive"]).name == "thing-2.0.0rc1.pkg.tar.xz"
    manifest = guild("inspect", "--manifest", result["archive"], cwd=world.recipe).ok().out
    assert "version = 2.0.0rc1" in manifest


def test_a_package_without_a_package_hook_holds_all_sources(world: World) -> None:
    (world.recipe / "packager").write_text("build() { :; }\n")
    world.package().ok()
    assert "./lib/part/deep/b.txt" in members(world.archive)
    assert "./extra.txt" in members(world.archive)


def test_a_patch_that_fails_changes_nothing(world: World) -> None:
    world.package().ok()
    before = {
        path: path.read_bytes() for path in world.recipe.rglob("*") if path.is_file() and "logs" not in path.parts
    }
    (world.recipe / "fix.patch").write_text((world.recipe / "fix.patch").read_text().replace("two = 2\n", "two = 3\n"))
    assert "fix.patch does not apply" in world.package("-f").failed().err
    after = {path: path.read_bytes() for path in world.recipe.rglob("*") if path.is_file() and "logs" not in path.parts}
    assert {path for path in before | after if before.get(path) != after.get(path)} == {world.recipe / "fix.patch"}


def test_guild_home_and_the_folder_can_be_named(world: World, tmp_path: Path) -> None:
    guild("-H", tmp_path / "h", "-C", world.recipe, "package", world.mirror, cwd=tmp_path).ok()
    assert world.archive.is_file()
    assert (tmp_path / "h" / "cache").is_dir()


def test_several_recipes_are_built_in_their_order(world: World, tmp_path: Path) -> None:
    second = make_recipe(tmp_path / "second", "[package]\nname = second\nversion = 3\nsource = a.txt\n", a__txt="a\n")
    said = guild("package", world.mirror, "--json", second, world.recipe, cwd=tmp_path).ok()
    assert [result["name"] for result in said.json()] == ["second", "thing"]


def test_a_mirror_that_no_recipe_needs_is_refused(world: World, tmp_path: Path) -> None:
    second = make_recipe(tmp_path / "second", "[package]\nname = second\nversion = 3\n")
    said = guild("package", "--source=thign=http://x/", second, world.recipe, cwd=tmp_path).failed(2)
    assert "no recipe has a source thign" in said.err
    assert "did you mean thing?" in said.err


def test_zstandard_is_a_choice(world: World) -> None:
    text = (world.recipe / "GuildPkg").read_text()
    (world.recipe / "GuildPkg").write_text(text.replace("version  = 1", "version = 1\ncompression = zst"))
    result = world.package("--json").ok().json()
    assert result["archive"].endswith("thing-1.pkg.tar.zst")
    guild("verify", result["archive"], cwd=world.recipe).ok()


def test_a_mirror_may_be_a_path_from_where_guild_was_started(world: World, tmp_path: Path) -> None:
    place = os.path.relpath(world.upstream.path, tmp_path)
    guild("package", "-o", f"--source=thing={place}", world.recipe, cwd=tmp_path).ok()
    assert (world.recipe / "src/lib/part/a.py").is_file()
    assert world.server.requests == []


def test_of_several_recipes_those_that_were_built_are_told(world: World, tmp_path: Path) -> None:
    bad = make_recipe(tmp_path / "bad", "[package]\n  name = bad\n  version = 1\n  packager = packager\n")
    (bad / "packager").write_text("build() { false; }\n")
    said = guild("package", "--json", world.mirror, world.recipe, bad, cwd=tmp_path).failed()
    assert [result["name"] for result in said.json()] == ["thing"]
    assert "the build hook failed" in said.err


def test_a_dry_run_refuses_what_the_build_would(world: World) -> None:
    text = (world.recipe / "GuildPkg").read_text()
    (world.recipe / "GuildPkg").write_text(text + "[build]\n  network = yes\n")
    assert "--allow-network" in world.package("-n").failed().err
    (world.recipe / "GuildPkg").write_text(text)
    assert "there is no src/ to build from" in world.package("-n", "-e").failed().err
    world.package().ok()
    (world.recipe / "extra.txt").write_text("another\n")
    assert "was built from something else" in world.package("-n").failed().err


def test_the_statement_tells_how_the_build_went(world: World) -> None:
    world.package().ok()
    statement = json.loads((world.recipe / "thing-1.build.json").read_text())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"][0]["name"] == "thing-1.pkg.tar.xz"
    text = json.dumps(statement)
    assert world.server.url in text
    assert world.upstream.id("main") in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "-e"], "give one of them"),
        (["-c", "-e"], "give one of them"),
        (["--source", "thing"], "write NAME=URL"),
        (["--source", "x=y"], "no recipe has a source x"),
        (["--sandbox", "maybe"], "'maybe' is not one of"),
        (["-j", "0"], "0 is not in the range"),
        (["--no-such"], "there is no option --no-such"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told_with_exit_code_2(world: World, options: list[str], message: str) -> None:
    assert message in guild("package", *options, cwd=world.recipe).failed(2).err
