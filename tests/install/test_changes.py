"""Generations: what each change makes, and how it is taken back."""

from __future__ import annotations

import shutil

import pytest

from guildpkg.core.digests import sha256
from guildpkg.core.packages.generation import GenerationError, Installed
from guildpkg.core.packages.graph import reasons
from guildpkg.errors import GuildError, Unknown
from guildpkg.install.apply import Change, Needed, apply
from guildpkg.install.lay import read_archive
from guildpkg.pipeline.installed import uninstall
from guildpkg.pipeline.installed.listing import files, why, why_lines
from tests.install.conftest import World
from tests.support.packages import make_package
from tests.support.records import put_run


def test_uninstalling_takes_what_only_it_needed_and_nothing_else(world: World) -> None:
    world.install(world.make("own", files={"o": "o"}))
    world.add_needed(world.make("data", files={"d": "d"}))
    world.install(world.make(requires="data, own"))
    made = world.uninstall("sample")
    assert made is not None
    assert made.change == "-data-1 -sample-1"
    assert world.installed == world.links == ["own-1"]


def test_what_is_needed_cannot_be_uninstalled_alone(world: World) -> None:
    world.install(world.make(requires="data >= 1"), world.make("data", files={"d": "d"}))
    with pytest.raises(Needed, match="sample-1 needs data >=1"):
        world.uninstall("data")
    world.uninstall("data", "sample")
    assert world.installed == world.links == []


def test_one_of_two_versions_that_both_will_do_can_go(world: World) -> None:
    world.install(world.make("data", "1", {"d": "1"}), world.make("data", "2", {"d": "2"}), world.make(requires="data"))
    world.uninstall("data-2")
    assert world.installed == ["data-1", "sample-1"]


def test_what_is_not_installed_cannot_be_uninstalled(world: World) -> None:
    world.install(world.make())
    with pytest.raises(Unknown, match="simple is not installed") as refused:
        world.uninstall("simple")
    assert refused.value.hint == "did you mean sample?"


def test_rolling_back_goes_further_each_time_and_forward_by_number(world: World) -> None:
    for name in ("a", "b", "c"):
        world.install(world.make(name, files={name: name}))
    world.rollback()
    assert world.installed == ["a-1", "b-1"]
    world.rollback()
    assert world.installed == world.links == ["a-1"]
    made = world.rollback(3)
    assert made is not None
    assert (made.number, made.restores, world.installed) == (6, 3, ["a-1", "b-1", "c-1"])
    assert world.rollback(3) is None
    world.rollback(0)
    assert world.installed == []
    with pytest.raises(GuildError, match="no earlier generation"):
        world.rollback()


def test_a_link_that_leads_nowhere_is_told_and_a_rollback_mends_it(world: World) -> None:
    world.install(world.make())
    shutil.rmtree(world.home / "generations" / "1")
    with pytest.raises(GenerationError, match="no generation 1") as refused:
        world.install(world.make("other"))
    assert "guild rollback" in refused.value.hint
    world.rollback(0)
    world.install(world.make("other"))
    assert world.installed == ["other-1"]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda world: (world.home / "packages").unlink(), "is missing"),
        (lambda world: (world.home / "generations/1/.generation.json").write_text("{"), "it is not JSON"),
        (lambda world: (world.home / "generations/1/.generation.json").unlink(), "no generation 1"),
        (lambda world: shutil.rmtree(world.home / "generations"), "no generation 1"),
    ],
    ids=["no link", "no json", "no record", "no generations"],
)
def test_a_damaged_generation_is_told_and_never_taken_for_an_empty_one(world: World, harm: object, said: str) -> None:
    world.install(world.make())
    assert callable(harm)
    harm(world)
    with pytest.raises(GenerationError, match=said):
        world.install(world.make("other"))


def test_a_folder_in_the_place_of_the_link_is_left_alone(world: World) -> None:
    (world.home / "packages" / "mine-1").mkdir(parents=True)
    with pytest.raises(GenerationError, match="not a link that guild made"):
        world.install(world.make())
    assert (world.home / "packages" / "mine-1").is_dir()


def test_asking_for_a_package_that_was_only_needed_keeps_it(world: World) -> None:
    archive = world.make("data", files={"d": "d"})
    world.add_needed(archive)
    world.install(world.make(requires="data"))
    world.install("data")
    world.uninstall("sample")
    assert world.installed == ["data-1"]


def test_why_tells_the_chain_of_needs(world: World) -> None:
    world.install(world.make("c", files={"c": "c"}))
    world.install(world.make("b", files={"b": "b"}, requires="c"), world.make("a", files={"a": "a"}, requires="b >= 1"))
    lines = [line for value in why(world.store, "c") for line in why_lines(value)]
    assert lines == [
        "c-1 was asked for",
        "c-1 is needed by b-1 (c), which was asked for",
        "c-1 is needed by b-1 (c), which is needed by a-1 (b >=1), which was asked for",
    ]


def test_why_tells_one_chain_of_each_root_however_many_there_are(world: World) -> None:
    """Ten layers of two packages that need both of the next layer: five hundred chains, and one is told."""
    tree = sha256(b"")
    layers = [
        Installed(f"{side}{n}", "1", tree, tree, explicit=(side, n) == ("a", 0), requires=f"a{n + 1}, b{n + 1}")
        for n in range(10)
        for side in "ab"
    ]
    last = Installed("a10", "1", tree, tree, explicit=False)
    (chain,) = reasons(last, [*layers, last])
    assert [link.by.name for link in chain] == [f"a{n}" for n in range(10)]


def test_requirements_that_cannot_be_read_do_not_keep_garbage(world: World) -> None:
    """Such a package was installed with its own environment left out; it is named, and the rest goes all the same."""
    odd = read_archive(make_package(world.folder, "odd", "1", python="a b c"), explicit=True, origin="test")
    apply(world.store, Change("install", (odd,)))
    world.install(world.make("old", files={"own": "old"}))
    world.uninstall("old")
    garbage, _, _ = uninstall.plan_gc(1, world.setting)
    assert len(garbage.trees) == 1
    assert "odd-1 requires what is no Python requirement" in str(world.heard[-1])
    world.gc()
    assert len(world.store.tree_names()) == 1


def test_files_lists_what_the_manifest_has(world: World) -> None:
    world.install(world.make())
    package, rows = files(world.store, "sample")
    assert package.entry == "sample-1"
    assert [row["path"] for row in rows] == ["README", "bin/run", "data/train.csv", "latest"]
    assert rows[3]["target"] == "data/train.csv"


def test_garbage_is_what_no_kept_generation_has(world: World) -> None:
    world.install(world.make("old", files={"same": "same", "own": "old"}))
    world.install(world.make("new", files={"same": "same", "own": "new"}))
    world.uninstall("old")
    world.gc(keep=2)
    assert (world.home / "generations" / "2").is_dir()
    world.gc(keep=1)
    assert sorted(path.name for path in (world.home / "generations").iterdir()) == ["0", "3"]
    assert len(list((world.home / "store" / "trees").iterdir())) == 1
    assert len(list((world.home / "store" / "files").glob("*/*"))) == 3
    assert world.problems() == []


def test_what_a_run_that_goes_on_may_use_is_no_garbage(world: World) -> None:
    world.install(world.make())
    run = put_run(world.home, 1, code=None)
    world.uninstall("sample")
    world.gc()
    assert (world.home / "generations" / "1" / "sample-1" / "README").is_file()
    shutil.rmtree(run.path)
    world.gc()
    assert not (world.home / "generations" / "1").exists()
