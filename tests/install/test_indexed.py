"""Names and ranges, resolved over what an index has: install, upgrade, repair."""

from __future__ import annotations

import errno
import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.core.digests import sha256
from guildpkg.errors import IntegrityError
from guildpkg.install.resolve import Unresolvable
from guildpkg.pipeline.index.publish import yank
from guildpkg.pipeline.index.trusted import Indexes
from guildpkg.pipeline.installed.install import carry_out, plan
from guildpkg.system.disk import hash_file
from tests.index.worlds import serve
from tests.install.conftest import World
from tests.support.builds import Started, wait_for
from tests.support.guild import guild
from tests.support.httpserver import breaks_after, serving


def data(world: World, version: str, requires: str = "") -> str:
    """Make a version of the package ``data``."""
    return world.make("data", version, {"d": version}, requires)


def test_the_newest_that_satisfies_all_is_installed_with_what_it_needs(world: World) -> None:
    world.publish(*(data(world, version) for version in ("1", "2", "3", "4rc1")))
    world.publish(world.make(requires="data >= 1, < 3"))
    world.install("sample")
    assert world.installed == ["data-2", "sample-1"]
    assert [package.explicit for package in world.store.current().packages] == [False, True]
    assert world.problems() == []


def test_what_is_installed_is_kept_where_it_will_do(world: World) -> None:
    world.publish(data(world, "1"), data(world, "2"), world.make(requires="data"))
    world.install("data == 1")
    assert world.install("data") is None
    world.install("sample")
    assert world.installed == ["data-1", "sample-1"]


def test_older_versions_are_tried_where_the_newest_contradict(world: World) -> None:
    world.publish(data(world, "1"), data(world, "2"))
    world.publish(world.make("model", "1", {"m": "1"}, "data < 2"), world.make("model", "2", {"m": "2"}, "data >= 2"))
    world.publish(world.make(requires="model, data == 1"))
    world.install("sample")
    assert world.installed == ["data-1", "model-1", "sample-1"]


def test_what_cannot_be_had_is_explained_by_who_asks_for_it(world: World) -> None:
    world.publish(data(world, "1"), data(world, "2"))
    world.publish(
        world.make("a", files={"a": "a"}, requires="data < 2"), world.make("b", files={"b": "b"}, requires="data >= 2")
    )
    world.publish(world.make(requires="a, b"))
    with pytest.raises(Unresolvable) as refused:
        world.install("sample")
    said = str(refused.value)
    assert "a-1 needs data <2" in said
    assert "b-1 needs data >=2" in said
    assert "there is data 2, 1" in said
    assert not (world.home / "packages").exists()


def test_a_yanked_version_is_installed_only_when_it_is_named_exactly(world: World) -> None:
    world.publish(data(world, "1"), data(world, "2"))
    yank(("data", "2"), "it is wrong", "", world.setting, lambda _: "")
    world.install("data")
    assert world.installed == ["data-1"]
    with pytest.raises(Unresolvable, match="2 \\(yanked\\)"):
        world.install("data > 1")
    world.install("data == 2")
    assert world.installed == ["data-1", "data-2"]


def test_a_pre_release_is_installed_when_there_is_nothing_else_or_the_range_names_one(world: World) -> None:
    world.publish(data(world, "1"), data(world, "2rc1"), world.make("only", "1a1", {"o": "o"}))
    world.install("data", "only")
    assert world.installed == ["data-1", "only-1a1"]
    world.install("data >= 2rc1")
    assert "data-2rc1" in world.installed


def test_upgrading_puts_newer_versions_in_the_place_of_older_ones(world: World) -> None:
    world.publish(data(world, "1"), world.make(requires="data"))
    world.install("sample")
    world.publish(data(world, "2"), world.make("sample", "2", {"new": "2"}, "data >= 2"))
    made = world.upgrade()
    assert made is not None
    assert made.change == "+data-2 +sample-2 -data-1 -sample-1"
    assert [package.explicit for package in made.packages] == [False, True]
    assert world.upgrade() is None


def test_what_stands_side_by_side_is_upgraded_side_by_side(world: World) -> None:
    world.publish(*(data(world, version) for version in ("1", "2")))
    world.publish(world.make("old", files={"o": "1"}, requires="data < 2"), world.make(requires="data >= 2"))
    world.install("old")
    world.install("sample")
    assert world.upgrade() is None
    world.publish(data(world, "3"), world.make("old", "2", {"o": "2"}, "data < 2"))
    world.upgrade()
    assert world.installed == ["data-1", "data-3", "old-2", "sample-1"]


def test_upgrading_one_leaves_what_others_need(world: World) -> None:
    world.publish(data(world, "1"), world.make(requires="data < 2"))
    world.install("sample", "data")
    world.publish(data(world, "2"))
    world.upgrade("data")
    assert world.installed == ["data-1", "data-2", "sample-1"]


def test_a_dependency_that_is_no_longer_needed_goes_with_an_upgrade(world: World) -> None:
    world.publish(data(world, "1"), world.make(requires="data"))
    world.install("sample")
    world.publish(world.make("sample", "2", {"s": "2"}))
    world.upgrade()
    assert world.installed == ["sample-2"]
    world.rollback()
    assert world.installed == world.links == ["data-1", "sample-1"]


def test_a_dry_run_brings_and_changes_nothing(world: World) -> None:
    world.publish(data(world, "1"))
    shutil.rmtree(world.home / "cache", ignore_errors=True)
    said = guild("install", "-n", "--json", "data", cwd=world.folder).ok().json()
    assert [row["name"] for row in said["install"]] == ["data"]
    assert said["install"][0]["download"] > 0
    assert not list(world.home.glob("cache/files/*/*"))
    assert not (world.home / "packages").exists()


def test_an_archive_with_another_manifest_than_the_index_says_is_refused(world: World) -> None:
    world.publish(data(world, "1"))
    with Indexes(world.setting) as indexes:
        planned = plan(["data"], world.folder.joinpath, indexes)
        item = planned.coming[0]
        lying = replace(item, package=replace(item.package, tree=sha256(b"another")))
        with pytest.raises(IntegrityError, match="has another manifest"):
            carry_out(replace(planned, coming=(lying,)), indexes)
    assert not (world.home / "packages").exists()


def test_what_is_bad_everywhere_is_mended_from_the_index(world: World) -> None:
    world.publish(data(world, "1"))
    world.install("data")
    shutil.rmtree(world.home / "cache")
    for archive in world.folder.glob("*.pkg.tar.xz"):
        archive.unlink()
    spoiled = Path(world.home / "packages" / "data-1" / "d")
    spoiled.chmod(0o644)
    spoiled.write_text("x")
    spoiled.chmod(0o444)
    assert world.problems() == ["altered d"]
    assert world.problems(mend=True) == []


def test_an_install_of_several_packages_that_was_killed_goes_on_where_it_was(world: World, tmp_path: Path) -> None:
    noise = {name: random.Random(name).randbytes(450_000).hex() for name in ("one", "two")}
    one, two = (world.make(name, files={"noise": text}) for name, text in noise.items())
    world.publish(one, two, world.make(requires="one, two"))
    home, cache = {"GUILD_HOME": str(tmp_path / "other")}, tmp_path / "other" / "cache"
    kept = cache / "files" / hash_file(Path(one))[:2] / hash_file(Path(one))
    with serving() as server:
        guild("index", "add", "theirs", serve(server, world.home / "index"), "-y", cwd=tmp_path, env=home).ok()
        stalled = next(file for path, file in server.files.items() if path.endswith("two-1.pkg.tar.xz"))
        stalled.moods.append(breaks_after(400_000, stall=100))
        started = Started("install", "-y", "sample", cwd=tmp_path, notes=tmp_path / "notes", env=home)
        wait_for(
            lambda: kept.exists() and any(part.stat().st_size > 200_000 for part in cache.glob("parts/*")), "a part"
        )
        started.kill()
        server.asked.clear()
        guild("install", "-y", "sample", cwd=tmp_path, env=home).ok()
        asked = [(item.path[-17:], item.range) for item in server.asked if "-1.pkg" in item.path]
    assert "one-1.pkg.tar.xz" not in str(asked)
    assert [int(span.strip("bytes=-")) > 200_000 for path, span in asked if "two-1" in path] == [True]


def test_where_the_file_system_has_neither_links_nor_clones_everything_is_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not here")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr("guildpkg.system.clone.fcntl.ioctl", refuse)
    world.publish(world.make("data", files={"same": "s", "bin/x": "x"}))
    world.publish(world.make("data", "2", {"same": "s", "bin/x": "y"}))
    world.install("data == 1", "data == 2")
    assert (world.installed, world.problems()) == (["data-1", "data-2"], [])
    place = world.home / "packages" / "data-1" / "same"
    assert place.stat().st_nlink == 1
    place.chmod(0o644)
    place.write_text("bad")
    assert world.problems(mend=True) == []
    assert (place.read_text(), place.stat().st_mode & 0o222) == ("s", 0)
    world.uninstall("data-1")
    world.gc()
    assert (world.installed, world.problems()) == (["data-2"], [])
