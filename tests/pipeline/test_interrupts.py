"""Ctrl-C and SIGTERM in every phase of a build: the right exit code, nothing left, and the next build is right."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pipeline.conftest import World
from tests.support.archives import tar_of
from tests.support.builds import Started, litter, nothing_left
from tests.support.guild import Said, guild, make_recipe, members
from tests.support.httpserver import Server, breaks_after, serving

RECIPE = """\
[package]
  name     = stopped
  version  = 1
  source   = https://example.org/org/thing/tree/main/lib/part {url} extra.txt
  packager = packager
"""
PACKAGER = """\
build() {
    head -c 800000 extra.txt > noise
    echo begun
    if test -e $recipedir/stay; then setsid sleep 1000 & sleep 1000; fi
}
package() { cp -R . "$pkgdir"; }
"""
DATA = tar_of({"data/a.txt": "a\n" * 50_000}, mode="w")


@dataclass
class Stage:
    """A recipe whose build can be held up where it is wanted.

    Attributes:
        recipe: Its folder.
        world: The git server and what it serves.
        web: The other server.
    """

    recipe: Path
    world: World
    web: Server

    @property
    def command(self) -> tuple[str, ...]:
        """The build."""
        return ("package", f"--source=thing={self.world.server.url}/thing.git")

    def hold(self, phase: str) -> str:
        """Make the build halt in a phase, and say what it says last."""
        if phase == "git":
            self.world.server.stall = 20
            return f"Downloading {self.world.server.url}/thing.git"
        if phase == "http":
            self.web.files["/data.tar"].moods[:] = [breaks_after(10_000, stall=20)] * 5
            return f"Downloading {self.web.root}/data.tar"
        if phase == "a hook":
            (self.recipe / "stay").touch()
            return "Running build\nbegun"
        return "Creating stopped-1.pkg.tar.xz"

    def let_go(self) -> None:
        """Hold nothing up any more."""
        self.world.server.behave()
        self.web.files["/data.tar"].moods.clear()
        (self.recipe / "stay").unlink(missing_ok=True)


@pytest.fixture
def stage(world: World, tmp_path: Path) -> Iterator[Stage]:
    """A recipe with sources from two servers."""
    with serving() as web:
        recipe = make_recipe(tmp_path / "stage", RECIPE.format(url=web.put("/data.tar", DATA)), packager=PACKAGER)
        noise = b"".join(sha256(b"%d" % number).digest() for number in range(26_000))
        (recipe / "extra.txt").write_bytes(noise)
        yield Stage(recipe, world, web)


STOPS = {
    "Ctrl-C": (signal.SIGINT, 130, ["guild: interrupted"]),
    "SIGTERM": (signal.SIGTERM, 143, []),
}


@pytest.mark.parametrize("phase", ["git", "http", "a hook", "compressing"])
@pytest.mark.parametrize("stop", STOPS)
def test_a_build_can_be_stopped_anywhere(stage: Stage, tmp_path: Path, phase: str, stop: str) -> None:
    number, code, last_words = STOPS[stop]
    said = stage.hold(phase)
    with nothing_left():
        started = Started(*stage.command, cwd=stage.recipe, notes=tmp_path / "notes")
        started.wait_until_said(said)
        before = started.said
        started.signal_group(number) if number == signal.SIGINT else started.process.send_signal(number)
        ended = started.ended(10).failed(code)
    assert [line.partition(" while ")[0] for line in ended.err.removeprefix(before).splitlines()] == last_words
    stage.let_go()
    assert litter(stage.recipe, "packager", "extra.txt") == set()
    assert not (stage.recipe / "stopped-1.pkg.tar.xz").exists()
    guild(*stage.command, cwd=stage.recipe).ok()
    assert {"./noise", "./data/a.txt", "./lib/part/a.py"} < set(members(stage.recipe / "stopped-1.pkg.tar.xz"))


def test_waiting_for_another_build_can_be_stopped(world: World, tmp_path: Path) -> None:
    handle = os.open(world.recipe, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with nothing_left():
            started = Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / "notes")
            started.wait_until_said("is being built, waiting")
            started.signal_group(signal.SIGINT)
            ended: Said = started.ended(10).failed(130)
    finally:
        os.close(handle)
    assert ended.err.splitlines()[-1] == "guild: interrupted"
    world.package().ok()
