"""`guild install` of archives, as a user runs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from guildpkg.errors import ArchiveError, GuildError, IntegrityError
from guildpkg.install.resolve import Unresolvable
from guildpkg.pipeline.installed.environments import environment_for
from guildpkg.stores.packages import Packages
from guildpkg.system.disk import hash_file
from tests.archive.spoiling import in_blocks
from tests.install.conftest import World
from tests.support.guild import guild
from tests.support.packages import make_package


@pytest.fixture
def home() -> Path:
    """`$GUILD_HOME`."""
    return Path(os.environ["GUILD_HOME"])


def test_an_archive_becomes_a_folder_that_nobody_may_write_to(tmp_path: Path, home: Path) -> None:
    make_package(tmp_path, description="A sample")
    guild("install", "sample-1.pkg.tar.xz", cwd=tmp_path).ok()
    folder = home / "packages" / "sample-1"
    assert (folder / "latest").read_text() == "1,2\n" * 100
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*") if not path.is_symlink()}
    assert modes == {".GuildPkg": 0o444, "README": 0o444, "bin": 0o555, "run": 0o555, "data": 0o555, "train.csv": 0o444}
    assert guild("list-packages", cwd=tmp_path).ok().out == "sample  1  418 B  A sample\n"


def test_a_word_without_a_path_is_a_name_whatever_lies_here(tmp_path: Path, home: Path) -> None:
    """``./WORD`` would be the file."""
    guild("install", make_package(tmp_path / "made"), cwd=tmp_path).ok()
    (tmp_path / "sample").touch()
    assert "sample" in guild("verify", "sample", cwd=tmp_path).ok().out
    assert "guild: sample is an empty file" not in guild("install", "sample", cwd=tmp_path).err
    assert "empty file" in guild("install", "./sample", cwd=tmp_path).failed().err


def test_the_same_archive_again_changes_nothing(tmp_path: Path, home: Path) -> None:
    archive = make_package(tmp_path)
    guild("install", archive, cwd=tmp_path).ok()
    said = guild("install", archive, "--json", cwd=tmp_path).ok()
    assert said.json() == {"install": [], "remove": [], "present": ["sample-1"], "generation": None}
    assert (home / "packages").readlink() == Path("generations/1")


def test_what_two_versions_share_lies_on_the_disk_once(world: World) -> None:
    one = world.make(version="1", files={"a": "same\n", "b": "one\n"})
    two = world.make(version="2", files={"deep/a": "same\n", "b": "two\n"})
    world.install(one, two)
    packages = world.home / "packages"
    assert (packages / "sample-1" / "a").stat().st_ino == (packages / "sample-2" / "deep" / "a").stat().st_ino
    assert (packages / "sample-2" / "b").read_text() == "two\n"


def test_a_content_that_went_bad_in_the_store_is_not_given_to_another_package(world: World) -> None:
    world.install(world.make(files={"a": "same\n"}))
    spoiled = world.home / "packages" / "sample-1" / "a"
    spoiled.chmod(0o644)
    spoiled.write_text("evil\n")
    world.install(world.make("other", files={"a": "same\n"}))
    assert (world.home / "packages" / "other-1" / "a").read_text() == "same\n"


def test_an_archive_that_is_damaged_leaves_no_trace(world: World) -> None:
    archive = Path(world.make())
    archive.write_bytes(archive.read_bytes()[:-200] + bytes(200))
    with pytest.raises(ArchiveError, match="damaged"):
        world.install(str(archive))
    assert not (world.home / "packages").exists()
    assert list((world.home / "store").glob("trees/*")) == []


def test_what_a_package_needs_must_be_there_or_be_named_with_it(world: World) -> None:
    archive = world.make(requires="digits >= 2")
    with pytest.raises(Unresolvable, match="sample-1 needs digits >=2\n  there is no package digits"):
        world.install(archive)
    world.install(archive, world.make("digits", "2", {"data": "0\n"}))
    assert world.installed == ["digits-2", "sample-1"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("missing-1.pkg.tar.xz", "there is no archive"),
        ("Bad Name", "names no package"),
        ("-name", "names no package"),
        ("digits >= x", "is not a range of versions"),
        ("nothing", "there is no package nothing"),
        ("file:///x.pkg.tar.xz#md5=1", "sha256=DIGEST"),
        ("./", "there is no archive"),
    ],
)
def test_a_word_that_names_nothing_is_refused(world: World, word: str, said: str) -> None:
    with pytest.raises(GuildError, match=said):
        world.install(word)


def test_an_archive_can_be_named_by_its_url(world: World) -> None:
    archive = Path(world.make())
    digest = hash_file(archive)
    with pytest.raises(IntegrityError):
        world.install(f"{archive.as_uri()}#sha256={'0' * 64}")
    world.install(f"{archive.as_uri()}#sha256={digest}")
    assert world.store.current().packages[0].archive == digest


PROJECT = """
- model: m
  operations:
    train:
      main: where
"""


def test_a_model_of_an_installed_package_is_listed_and_trained_from_its_own_environment(
    tmp_path: Path, home: Path
) -> None:
    files = {"guild.yml": PROJECT, "where.py": "import sys, os; print(sys.executable, os.path.basename(os.getcwd()))\n"}
    guild("install", "-q", "--no-env", make_package(tmp_path, files=files, python="smallest"), cwd=tmp_path).ok()
    assert guild("models", cwd=tmp_path).ok().out.split() == ["sample/m"]
    package = Packages(home).current().packages[0]
    environment = environment_for(home, package)
    assert environment is not None
    (environment.folder / "bin").mkdir(parents=True)
    environment.interpreter.symlink_to(sys.executable)
    (environment.folder / "environment.json").write_text("{}")
    said = guild("train", "-y", "sample/m", cwd=tmp_path).ok()
    assert str(environment.interpreter) in said.out


def test_a_package_of_many_files_is_extracted_by_a_process_for_each_core(world: World) -> None:
    with in_blocks(20_000):
        files = {f"{number % 7}/{number}": f"{number % 900}" for number in range(1200)}
        archive = world.make("many", files=files | {"latest": "->0/0"})
    said = guild("-H", world.home, "install", "-v", archive, cwd=world.folder).ok()
    assert ("processes extract it" in said.err) == (len(os.sched_getaffinity(0)) > 1)
    assert (world.problems(), (world.home / "packages/many-1/latest").read_text()) == ([], "0")
    assert len([*(world.home / "store" / "files").glob("??/*")]) == 901
