"""Files and folders of the recipe."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from guildpkg.core.digests import tree_digest
from guildpkg.errors import ArchiveError, GuildError, IntegrityError, SourceError
from guildpkg.sources.file import fetch
from guildpkg.sources.request import Fetched
from guildpkg.system.disk import scan
from tests.sources.conftest import World
from tests.support.archives import tar_of


def get(world: World, text: str, **details: object) -> Fetched:
    return fetch(world.request("file", text, **details), world.home, world.events.append)  # type: ignore[arg-type]


def test_a_file_is_laid_under_its_name(world: World) -> None:
    (world.recipe / "data").mkdir()
    (world.recipe / "data" / "x.txt").write_text("hello")
    fetched = get(world, "data/x.txt")
    assert world.lay(fetched) == ["x.txt"]
    assert (fetched.way, fetched.origin, fetched.pin.kind, fetched.pin.time) == ("recipe", "data/x.txt", "file", None)


@pytest.mark.parametrize(("mode", "laid"), [(0o600, 0o644), (0o700, 0o755), (0o444, 0o644), (0o777, 0o755)])
def test_only_the_executable_bit_is_kept(world: World, mode: int, laid: int) -> None:
    (world.recipe / "x").write_text("hello")
    (world.recipe / "x").chmod(mode)
    get(world, "x").lay(world.src)
    assert (world.src / "x").stat().st_mode & 0o777 == laid


@pytest.mark.parametrize(
    ("name", "laid"), [("Guild.in", "Guild"), ("setup.in", "setup.in"), ("guild.in", "guild.in"), ("Guild", "Guild")]
)
def test_of_files_that_end_in_in_only_guild_in_is_renamed(world: World, name: str, laid: str) -> None:
    (world.recipe / name).write_text("[model]\n")
    assert world.lay(get(world, name)) == [laid]


def test_a_folder_is_laid_under_its_name_without_its_empty_folders(world: World) -> None:
    root = world.recipe / "a" / "tree"
    (root / "empty").mkdir(parents=True)
    (root / "Guild.in").write_text("x")
    (root / "run.sh").write_text("x")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("run.sh")
    fetched = get(world, "a/tree/")
    assert world.lay(fetched) == ["tree/Guild", "tree/link", "tree/run.sh"]
    assert not (world.src / "tree/empty").exists()  # a lock could not tell whether it was there
    assert (world.src / "tree/link").readlink() == Path("run.sh")


def test_what_was_laid_is_what_is_told(world: World) -> None:
    (world.recipe / "tree" / "empty").mkdir(parents=True)
    for name in ("z", "a", "Guild.in"):
        (world.recipe / "tree" / name).write_text(name)
    entries = get(world, "tree").lay(world.src)
    assert tree_digest(entries) == tree_digest(scan(world.src))
    assert sorted(entry.path for entry in entries) == [b"tree/Guild", b"tree/a", b"tree/z"]


def test_a_local_archive_is_unpacked(world: World) -> None:
    packed = tar_of({"top/a": "one"}, time=1_234_567_890)
    (world.recipe / "data.tgz").write_bytes(packed)
    fetched = get(world, "data.tgz")
    assert world.lay(fetched) == ["top/a"]
    assert fetched.pin.time == 1_234_567_890
    assert fetched.pin.sha256 == hashlib.sha256(packed).hexdigest()


def test_a_local_archive_can_be_kept_packed(world: World) -> None:
    (world.recipe / "data.tgz").write_bytes(tar_of({"top/a": "one"}))
    assert world.lay(get(world, "data.tgz", extract=False)) == ["data.tgz"]


def test_the_recipes_hash_is_demanded(world: World) -> None:
    (world.recipe / "x").write_text("hello")
    digest = hashlib.sha256(b"hello").hexdigest()
    assert get(world, "x", sha256=digest).pin.sha256 == digest
    with pytest.raises(IntegrityError, match=f"{digest} and should be {'0' * 64}") as caught:
        get(world, "x", sha256="0" * 64)
    assert "GuildPkg:3" in caught.value.hint


@pytest.mark.parametrize("text", ["../secret", "a/../../secret", "out/secret", "out", "leak", "{abs}/secret", "."])
def test_nothing_outside_the_recipe_is_read(world: World, tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (world.recipe / "a").mkdir()
    (world.recipe / "out").symlink_to(tmp_path)
    (world.recipe / "leak").symlink_to(tmp_path / "secret")
    with pytest.raises(SourceError, match=r"out of the recipe|not lie in the recipe"):
        get(world, text.format(abs=tmp_path))


def test_a_link_to_another_file_of_the_recipe_is_that_file(world: World) -> None:
    (world.recipe / "x").write_text("hello")
    (world.recipe / "y").symlink_to("x")
    assert world.lay(get(world, "y")) == ["y"]
    assert not (world.src / "y").is_symlink()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../x", "sub/up/../../x"])
def test_a_folder_with_a_link_that_leaves_it_is_refused(world: World, target: str) -> None:
    root = world.recipe / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "up").symlink_to("..")
    (root / "bad").symlink_to(target)
    with pytest.raises(ArchiveError, match="the link tree/bad leads out of that folder"):
        get(world, "tree")


@pytest.mark.parametrize("text", ["src/x", "pkg", "logs/build.log", "alias/x"])
def test_what_a_build_makes_is_no_source(world: World, text: str) -> None:
    for name in ("src/x", "pkg/y", "logs/build.log"):
        (world.recipe / name).parent.mkdir()
        (world.recipe / name).write_text("x")
    (world.recipe / "alias").symlink_to("src")
    with pytest.raises(SourceError, match="every build makes anew"):
        get(world, text)


@pytest.mark.parametrize("name", ["mine-1.pkg.tar.xz", "other-2.pkg.tar.zst"])
def test_a_finished_package_is_no_source(world: World, name: str) -> None:
    (world.recipe / name).write_text("x")
    with pytest.raises(SourceError, match="finished package"):
        get(world, name)


def test_a_missing_file_names_the_nearest(world: World) -> None:
    (world.recipe / "train.py").write_text("x")
    with pytest.raises(SourceError, match=r"there is no trian\.py in the recipe") as caught:
        get(world, "trian.py")
    assert caught.value.hint == "did you mean train.py?"


@pytest.mark.parametrize("text", ["none/x", "x/y", "a\0b", "loop", "../../etc/none"])
def test_a_path_that_leads_nowhere_is_an_error(world: World, text: str) -> None:
    (world.recipe / "x").write_text("hello")
    (world.recipe / "loop").symlink_to("loop")
    with pytest.raises(GuildError):
        get(world, text)


def test_a_pipe_is_no_source(world: World) -> None:
    os.mkfifo(world.recipe / "pipe")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        get(world, "pipe")


def test_a_folder_has_no_hash(world: World) -> None:
    (world.recipe / "tree").mkdir()
    with pytest.raises(SourceError, match="is a folder"):
        get(world, "tree", sha256="0" * 64)


def test_both_guild_and_guild_in_are_one_too_many(world: World) -> None:
    (world.recipe / "tree").mkdir()
    for name in ("Guild", "Guild.in"):
        (world.recipe / "tree" / name).write_text(name)
    with pytest.raises(ArchiveError, match="tree/Guild is there already"):
        get(world, "tree").lay(world.src)
