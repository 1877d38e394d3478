"""The lock, refusals of whatever it does not say, work without the network, and dry runs that leave no trace."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import FILES, PACKAGER, PATCH, RECIPE, World
from tests.support.builds import Started, litter, nothing_left, tree_of
from tests.support.githttp import serving
from tests.support.guild import beside, guild, make_recipe
from tests.support.repos import Repo

LOCK = "GuildPkg.lock"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the recipe of `world` once, for all tests of this file: its folder and its home."""
    place = tmp_path_factory.mktemp("once")
    Repo(place / "served" / "thing.git").commit(FILES)
    recipe = make_recipe(place / "recipe", RECIPE, fix__patch=PATCH, extra__txt="extra\n", packager=PACKAGER)
    env = {"HOME": str(place), "GUILD_HOME": str(place / "home"), "GIT_CONFIG_GLOBAL": os.devnull}
    with serving(place / "served") as server:
        guild("package", f"--source=thing={server.url}/thing.git", cwd=recipe, env=env).ok()
    return place


@pytest.fixture
def built(world: World, once: Path) -> World:
    """The same world after a build."""
    shutil.copytree(once / "recipe", world.recipe, dirs_exist_ok=True)
    shutil.copytree(once / "home", os.environ["GUILD_HOME"])
    return world


def edit(world: World, name: str, old: str, new: str) -> None:
    """Change a file of the recipe."""
    file = world.recipe / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


DAMAGE = {
    "later": ("schema = 1", "schema = 2", "GuildPkg.lock:5: the lock has schema '2', this guild knows 1"),
    "no schema": ("schema", "scheme", "GuildPkg.lock: this is not a lock file"),
    "a tree": ("tree       = ", "tree       = x", 'GuildPkg.lock:7: [source "thing"] has a damaged tree'),
    "syntax": ("[lock]", "[lock", "GuildPkg.lock:4: syntax error: [lock"),
    "not text": ("[lock]", "[lock\udcff]", "GuildPkg.lock:4: this is not UTF-8 text"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_lock_is_refused_and_can_be_written_anew(built: World, how: str) -> None:
    before = (built.recipe / LOCK).read_bytes()
    old, new, message = DAMAGE[how]
    text = before.decode().replace(old, new, 1)
    (built.recipe / LOCK).write_bytes(text.encode(errors="surrogateescape"))
    assert message in built.package().failed().err
    guild("lock", "--update", built.mirror, cwd=built.recipe).ok()
    assert (built.recipe / LOCK).read_bytes() == before


def another_patch(world: World) -> None:
    edit(world, "fix.patch", "two = 22", "two = 2222")


def another_file(world: World) -> None:
    (world.recipe / "extra.txt").write_text("another\n")


def one_source_less(world: World) -> None:
    edit(world, "GuildPkg", " extra.txt", "")


def one_source_more(world: World) -> None:
    (world.recipe / "more.txt").write_text("more\n")
    edit(world, "GuildPkg", " extra.txt", " extra.txt more.txt")


def one_patch_less(world: World) -> None:
    edit(world, "GuildPkg", "  patches  = fix.patch\n", "")


def another_ref(world: World) -> None:
    world.upstream.tag("v1")
    edit(world, "GuildPkg", "tree/main", "tree/v1")


def no_lock(world: World) -> None:
    (world.recipe / LOCK).unlink()


DRIFT: dict[str, tuple[Callable[[World], None], str]] = {
    "no lock": (no_lock, "there is no GuildPkg.lock"),
    "a changed patch": (another_patch, "fix.patch changed since GuildPkg.lock was written"),
    "a removed patch": (one_patch_less, "fix.patch changed since GuildPkg.lock was written"),
    "a changed file": (another_file, "extra.txt has changed since GuildPkg.lock was written"),
    "a removed source": (one_source_less, "does not stand for the recipe any more: extra"),
    "an added source": (one_source_more, "does not stand for the recipe any more: more"),
    "another ref": (another_ref, "does not stand for the recipe any more: thing"),
}


@pytest.mark.parametrize("how", DRIFT)
def test_a_locked_build_refuses_what_the_lock_does_not_say(built: World, how: str) -> None:
    change, message = DRIFT[how]
    change(built)
    before = tree_of(built.recipe)
    said = built.package("--locked").failed()
    assert message in said.err
    assert "hint: `guild lock` " in said.err
    after = tree_of(built.recipe)
    unstirred = {name for name in before if not name.startswith("logs") and name != "."}
    assert {name: after.get(name) for name in unstirred} == {name: before[name] for name in unstirred}
    assert guild("lock", built.mirror, cwd=built.recipe).ok().out


def test_a_locked_build_from_edited_sources_is_refused(built: World) -> None:
    (built.recipe / "src/extra.txt").write_text("mine\n")
    said = built.package("--locked", "-e").failed()
    assert "src/ is not what GuildPkg.lock says: extra.txt" in said.err


def test_offline_with_an_empty_cache_names_all_that_is_missing(world: World, tmp_path: Path) -> None:
    edit(world, "GuildPkg", " extra.txt", " https://example.org/data.tar.gz extra.txt")
    for options in (["-n"], []):
        said = world.package("--offline", *options).failed()
        assert "the network may not be used" in said.err
        assert "\n  thing: " in said.err
        assert "\n  data: https://example.org/data.tar.gz is not in the " in said.err
        assert "extra" not in said.err
        assert "hint: run it once without --offline" in said.err
    assert world.server.requests == []


def test_offline_with_a_full_cache_is_a_build_like_any_other(built: World) -> None:
    assert "take from the cache https://example.org" in built.package("--offline", "-n").ok().out
    built.package("--offline", "--locked").ok()
    assert built.server.requests == []


def unsaved(world: World) -> None:
    (world.recipe / "src/extra.txt").write_text("mine\n")


def later_lock(world: World) -> None:
    edit(world, LOCK, "schema = 1", "schema = 2")


def nothing(world: World) -> None:
    """Leave everything as it is."""


def killed(world: World) -> None:
    (world.recipe / "packager").write_text("build() { echo here; sleep 1000; }\n")
    with nothing_left():
        started = Started("package", world.mirror, "-f", cwd=world.recipe, notes=world.recipe.parent / "notes")
        started.wait_until_said("here")
        started.kill()


STATES: dict[str, tuple[Callable[[World], None], int]] = {
    "built": (nothing, 0),
    "unsaved edits": (unsaved, 1),
    "a lock of tomorrow": (later_lock, 1),
    "a build was killed": (killed, 1),  # its packager and this file are not those of the archive that is there
    "no lock": (no_lock, 0),
    "a changed file": (another_file, 1),
}
DRY = [["package", "-n"], ["package", "-n", "-e"], ["lock", "-n"]]


@pytest.mark.parametrize("how", STATES)
def test_a_dry_run_changes_nothing(built: World, how: str) -> None:
    change, code = STATES[how]
    change(built)
    home = Path(os.environ["GUILD_HOME"])
    before = tree_of(built.recipe), tree_of(home)
    for command in DRY:
        said = guild(*command[:1], built.mirror, *command[1:], cwd=built.recipe)
        if said.code:
            said.failed()
        assert (tree_of(built.recipe), tree_of(home)) == before, command
        assert command != DRY[0] or said.code == code


NEVER_BUILT = [*DRY, ["package", "-n", "--offline"], ["package", "-n", "--locked"], ["package", "--packagelist"]]


@pytest.mark.parametrize("command", NEVER_BUILT, ids=" ".join)
def test_a_dry_run_of_what_was_never_built_makes_nothing(world: World, command: list[str]) -> None:
    before = tree_of(world.recipe)
    guild(*command[:1], world.mirror, *command[1:], cwd=world.recipe)
    assert tree_of(world.recipe) == before
    assert not Path(os.environ["GUILD_HOME"]).exists()


def test_a_dry_run_of_lock_says_what_would_change(built: World) -> None:
    old = (built.upstream.id("main"), built.upstream.id("main:lib/part"))
    built.move_upstream()
    another_file(built)
    new = (built.upstream.id("main"), built.upstream.id("main:lib/part"))
    before = tree_of(built.recipe)
    told = guild("lock", "-n", built.mirror, cwd=built.recipe).ok().out.splitlines()
    assert [line.partition(":")[0] for line in told] == ["extra"]
    told = guild("lock", "-n", "--update", built.mirror, cwd=built.recipe).ok().out.splitlines()
    assert told[0] == f"thing: commit {old[0]} tree {old[1]} -> commit {new[0]} tree {new[1]}"
    assert tree_of(built.recipe) == before
    assert guild("lock", "--update", built.mirror, cwd=built.recipe).ok().out.splitlines() == told


def test_a_dry_run_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    recipe = make_recipe(tmp_path / "recipe", "[package]\n  name = thing\n  version = 1\n  source = gone.txt\n")
    assert "there is no gone.txt in the recipe" in guild("package", "-n", cwd=recipe).failed().err
    assert beside(recipe) == {"GuildPkg"}


def test_a_lock_that_cannot_be_made_changes_nothing(built: World) -> None:
    before = (built.recipe / LOCK).read_bytes()
    built.server.status = 404
    assert "there is no git repository" in guild("lock", "--update", built.mirror, cwd=built.recipe).failed().err
    assert (built.recipe / LOCK).read_bytes() == before
    assert litter(built.recipe, "packager", "fix.patch", "extra.txt") == set()
