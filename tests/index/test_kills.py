"""SIGKILL at every change of the disk while something is published: the index is as it was, or as it was to be."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.index import writing
from guildpkg.pipeline.index import admin as index_admin
from guildpkg.pipeline.index import keys as index_keys
from guildpkg.pipeline.index.check import check
from tests.index.worlds import BITS, Home, Scene, make_archive, make_scene
from tests.support.kills import count_points, killed_after, killed_at, lasts

MOST = 8
"""Moments of each kind of work that the suite tries; ``GUILD_TEST_KILLS=all`` tries all."""


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is publishing: what a killed publisher claimed is free at once."""
    monkeypatch.setattr(writing, "PATIENCE", 0.0)


def try_all(
    scene: Scene,
    act: Callable[[], object],
    after: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
    *,
    last: int = 0,
) -> None:
    """Kill *act* at many moments (or at the *last* ones), each in a fresh copy of the world; look at what is left."""
    root = scene.owner.path.parent
    keep = root.parent / f"{root.name} as it was"
    shutil.copytree(root, keep, symlinks=True)
    moments = count_points(act)
    step = 1 if os.environ.get("GUILD_TEST_KILLS") == "all" else max(1, moments // MOST)
    tried = range(moments - last + 1, moments + 1) if last and step > 1 else range(1, moments + 1, step)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(tried)} of {moments} moments ")
    for moment in tried:
        shutil.rmtree(root)
        shutil.copytree(keep, root, symlinks=True)
        assert killed_at(act, moment), moment
        after(moment)


def test_a_publish_that_is_killed_has_happened_or_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = make_scene(tmp_path)
    archive = make_archive(scene.archives, version="2")

    def after(moment: int) -> None:
        assert scene.versions() in (["1"], ["1", "2"]), moment
        scene.owner.publish(archive, index="ours")
        assert scene.versions() == ["1", "2"], moment
        assert check("ours", scene.owner.setting).faults == (), moment

    try_all(scene, lambda: scene.owner.publish(archive, index="ours"), after, capsys)


@pytest.mark.parametrize("group", ["root", "publish"])
def test_new_keys_that_are_killed_leave_an_index_that_works(
    tmp_path: Path, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = make_scene(tmp_path)

    def after(moment: int) -> None:
        assert scene.versions() == ["1"], moment
        scene.publish("2")
        assert scene.versions() == ["1", "2"], moment
        assert len(index_keys.listing("ours", scene.owner.setting)) == 2, moment

    try_all(scene, lambda: scene.rotate(group), after, capsys)


def test_new_keys_in_the_place_of_lost_ones_that_are_killed_leave_an_index_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last moments: where timestamp and root are replaced, and nothing but the new key can sign either."""
    scene = make_scene(tmp_path)
    lost = next(row for row in index_keys.listing("ours", scene.owner.setting) if row.group == "publish")
    (scene.owner.path / "keys" / f"{lost.id}.pem").unlink()

    def after(moment: int) -> None:
        assert scene.versions() == ["1"], moment
        scene.rotate("publish")
        scene.publish("2")
        assert scene.versions() == ["1", "2"], moment

    try_all(scene, lambda: scene.rotate("publish"), after, capsys, last=8)


def test_an_index_that_was_being_made_is_there_or_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = make_scene(tmp_path)
    archive = make_archive(scene.archives, "first")
    other = Home(tmp_path / "other")

    def make() -> None:
        index_admin.init(other.path / "index", "local", other.setting, bits=BITS)
        other.publish(archive)

    def after(moment: int) -> None:
        assert other.versions("first") in ([], ["1"]), moment
        other.publish(archive)
        assert other.versions("first") == ["1"], moment

    try_all(scene, make, after, capsys)


def test_a_user_who_is_killed_while_reading_reads_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """python-tuf writes here."""
    scene = make_scene(tmp_path)
    scene.publish("2")

    def after(moment: int) -> None:
        assert scene.versions() == ["1", "2"], moment

    try_all(scene, scene.versions, after, capsys)


def test_twenty_kills_at_random_moments_of_a_reader_leave_what_it_trusts_sound(tmp_path: Path) -> None:
    """Wherever python-tuf is: it writes metadata without telling us."""
    scene = make_scene(tmp_path)
    for version in ("2", "3"):
        scene.publish(version)
    trusted = scene.known.place
    keep = Path(shutil.copytree(trusted, tmp_path / "trusted as it was"))
    seconds, seed = lasts(scene.versions), int(os.environ.get("GUILD_TEST_SEED", secrets.randbelow(1 << 32)))
    chance = random.Random(seed)
    for number in range(20):
        shutil.rmtree(trusted)
        shutil.copytree(keep, trusted)
        killed_after(scene.versions, seconds * (number + chance.random()) / 20)
        assert scene.versions() == ["1", "2", "3"], f"GUILD_TEST_SEED={seed}"


def test_two_who_publish_at_once_both_succeed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    archives = [make_archive(scene.archives, "mnist", str(number)) for number in range(2, 6)]
    threads = [threading.Thread(target=lambda path=path: scene.owner.publish(path, index="ours")) for path in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scene.versions() == ["1", "2", "3", "4", "5"]


def test_what_somebody_else_has_claimed_is_left_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where locks do not work, as on some network disks, the number of the snapshot decides."""
    monkeypatch.setattr(writing, "PATIENCE", 0.5)
    scene = make_scene(tmp_path)
    (scene.srv / "metadata/3.snapshot.json").write_bytes(b"{}")
    scene.publish("2")
    assert scene.versions() == ["1", "2"]
    assert (scene.srv / "metadata/4.snapshot.json").exists()
