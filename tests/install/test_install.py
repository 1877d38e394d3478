"""`guild install` of archives, as a user runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


def test_the_same_archive_again_changes_nothing(tmp_path: Path, home: Path) -> None:
    archive = make_package(tmp_path)
    guild("install", archive, cwd=tmp_path).ok()
    said = guild("install", archive, "--json", cwd=tmp_path).ok()
    assert said.json() == {"install": [], "present": ["sample-1"], "generation": None}
    assert (home / "packages").readlink() == Path("generations/1")


def test_what_two_versions_share_lies_on_the_disk_once(tmp_path: Path, home: Path) -> None:
    one = make_package(tmp_path, version="1", files={"a": "same\n", "b": "one\n"})
    two = make_package(tmp_path, version="2", files={"deep/a": "same\n", "b": "two\n"})
    guild("install", one, two, cwd=tmp_path).ok()
    packages = home / "packages"
    assert (packages / "sample-1" / "a").stat().st_ino == (packages / "sample-2" / "deep" / "a").stat().st_ino
    assert (packages / "sample-2" / "b").read_text() == "two\n"


def test_a_content_that_went_bad_in_the_store_is_not_given_to_another_package(tmp_path: Path, home: Path) -> None:
    guild("install", make_package(tmp_path, files={"a": "same\n"}), cwd=tmp_path).ok()
    spoiled = home / "packages" / "sample-1" / "a"
    spoiled.chmod(0o644)
    spoiled.write_text("evil\n")
    guild("install", make_package(tmp_path, "other", files={"a": "same\n"}), cwd=tmp_path).ok()
    assert (home / "packages" / "other-1" / "a").read_text() == "same\n"


def test_an_archive_that_is_not_what_it_says_leaves_no_trace(tmp_path: Path, home: Path) -> None:
    archive = make_package(tmp_path)
    archive.write_bytes(archive.read_bytes()[:-200] + bytes(200))
    said = guild("install", archive, cwd=tmp_path).failed()
    assert "damaged" in said.err
    assert not (home / "packages").exists()
    assert list((home / "store").glob("trees/*")) == []


def test_what_a_package_needs_must_be_there(tmp_path: Path) -> None:
    archive = make_package(tmp_path, requires="digits >= 2")
    said = guild("install", archive, cwd=tmp_path).failed()
    assert "sample-1 needs digits >=2" in said.err
    assert "there is no package digits" in said.err


def test_what_a_package_needs_can_be_named_with_it(tmp_path: Path) -> None:
    digits = make_package(tmp_path, "digits", "2", {"data": "0\n"})
    archive = make_package(tmp_path, requires="digits >= 2")
    guild("install", archive, digits, cwd=tmp_path).ok()
    assert [item["name"] for item in guild("list-packages", "--json", cwd=tmp_path).ok().json()] == ["digits", "sample"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("missing-1.pkg.tar.xz", "there is no archive"),
        ("Bad Name", "names no package"),
        ("digits >= x", "is not a range of versions"),
        ("nothing", "there is no package nothing"),
        ("file:///x.pkg.tar.xz#md5=1", "sha256=DIGEST"),
        ("./", "there is no archive"),
    ],
)
def test_a_word_that_names_nothing_is_refused(tmp_path: Path, word: str, said: str) -> None:
    refused = guild("install", word, cwd=tmp_path)
    assert refused.code in (1, 2)
    assert said in refused.failed(refused.code).err


def test_an_archive_can_be_named_by_its_url(tmp_path: Path, home: Path) -> None:
    archive = make_package(tmp_path)
    guild("install", archive.as_uri(), cwd=tmp_path).ok()
    assert (home / "packages" / "sample-1" / "README").is_file()
