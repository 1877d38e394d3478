"""Two changes at once, hostile archives, a full disk: nothing is ever half installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guildpkg.core.packages.generation import GenerationError, read_generation, write_generation
from guildpkg.errors import ArchiveError, DiskFull, GuildError, IntegrityError
from tests.archive.hostile import HOSTILE, Hostile
from tests.archive.making import hand_made_package, member, snapshot
from tests.install.conftest import World
from tests.support.disks import fill, small_disk
from tests.support.guild import argv

__all__ = ["small_disk"]


def test_two_processes_at_once_both_install(world: World) -> None:
    archives = [world.make(name, files={name: name * 1000, "same": "same"}) for name in ("a", "b", "c")]
    running = [
        subprocess.Popen(argv("-H", world.home, "install", "-q", archive), cwd=world.folder) for archive in archives
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert world.installed == world.links == ["a-1", "b-1", "c-1"]
    assert [item.number for item in world.store.history()] == [1, 2, 3]
    assert world.problems() == []


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.id)
def test_a_hostile_archive_writes_nothing_outside_and_installs_nothing(world: World, attack: Hostile) -> None:
    world.install(world.make("good", files={"g": "g"}))
    outside = world.folder / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    place = bytes(outside)
    archive = hand_made_package(world.folder / "sample-1.pkg.tar.xz", attack.lines(place), attack.parts(place))
    before = snapshot(outside)
    with pytest.raises((ArchiveError, IntegrityError)):
        world.install(str(archive))
    assert snapshot(outside) == before
    assert world.installed == ["good-1"]
    assert [path.name for path in (world.home / "store" / "trees").glob(".*")] == []


def test_a_file_that_is_not_what_the_manifest_says_is_not_taken_into_the_store(world: World) -> None:
    line = b"./a = 0644 4 " + b"0" * 64 + b"\n"
    archive = hand_made_package(world.folder / "sample-1.pkg.tar.xz", line, member(b"./a", b"evil"))
    with pytest.raises(IntegrityError, match="has not the SHA-256"):
        world.install(str(archive))
    assert not list((world.home / "store" / "files").glob("00/*"))


RECORD = b"""{"schema": 1, "number": 1, "time": 1, "action": "install", "restores": 1, "packages": [
 {"name": "a", "version": "1", "tree": "%s", "archive": "%s"}]}""" % (b"0" * 64, b"1" * 64)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name": "a"', b'"name": "../../outside"'),
        (b'"name": "a"', b'"name": ""'),
        (b'"name": "a"', b'"name": "a/b"'),
        (b'"version": "1"', b'"version": "1/../.."'),
        (b'"version": "1"', b'"version": "01"'),
        (b'"tree": "0000', b'"tree": "../x'),
        (b'"tree": "0', b'"tree": "Z'),
        (b'"archive": "1111', b'"archive": "'),
        (b'"number": 1', b'"number": -1'),
        (b'"number": 1', b'"number": 1e400'),
        (b'"number": 1', b'"number": "1"'),
        (b'"restores": 1', b'"restores": 2'),
        (b'"packages": [', b'"packages": {}, "x": ['),
        (b'"schema": 1', b'"schema": 2'),
        (b'"schema": 1', b'"schema": true'),
        (b"{", b"[" * 100000),
        (b"}]}", b"}"),
    ],
)
def test_a_hostile_record_of_a_generation_is_refused(old: bytes, new: bytes) -> None:
    assert write_generation(read_generation(RECORD, "record"))
    with pytest.raises(GenerationError):
        read_generation(RECORD.replace(old, new, 1), "record")


def test_a_link_that_leads_out_of_the_home_is_no_generation(world: World) -> None:
    world.install(world.make())
    outside = world.folder / "outside"
    outside.mkdir()
    (world.home / "packages").unlink()
    (world.home / "packages").symlink_to(outside)
    with pytest.raises(GenerationError, match="which is no generation"):
        world.install(world.make("other"))
    world.rollback(1)
    assert world.links == ["sample-1"]
    assert list(outside.iterdir()) == []


def test_a_full_disk_leaves_what_was_installed(world: World, small_disk: Path) -> None:
    full = World(world.folder, small_disk / "home")
    full.install(full.make("first", files={"f": "f"}))
    fill(small_disk, 300_000)
    noise = "".join(chr(33 + number * 7919 % 89) * 3 for number in range(300_000))
    with pytest.raises(DiskFull):
        full.install(full.make("large", files={"large": noise}))
    assert full.installed == full.links == ["first-1"]
    (small_disk / "filler").unlink()
    full.install(str(full.folder / "large-1.pkg.tar.xz"))
    assert full.installed == ["first-1", "large-1"]


def test_a_home_that_cannot_be_written_is_told(world: World) -> None:
    world.home.parent.mkdir(exist_ok=True)
    world.home.write_text("a file")
    with pytest.raises((GuildError, NotADirectoryError)) as refused:
        world.install(world.make())
    assert isinstance(refused.value, GuildError)
