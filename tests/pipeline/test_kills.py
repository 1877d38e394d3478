"""SIGKILL at any moment of a build: the next one is right, and nothing of the first one is left."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pipeline.conftest import FILES, PATCH, World
from tests.support.archives import tar_of
from tests.support.builds import Started, litter, nothing_left, unsound, wait_for
from tests.support.guild import Said, guild, make_recipe
from tests.support.httpserver import File, Handler, Mood, serving

RECIPE = """\
[package]
  name     = killed
  version  = 1
  source   = https://example.org/org/thing/tree/main/lib/part {url} extra.txt
  patches  = fix.patch
  packager = packager
"""
PACKAGER = """\
prepare() { echo 'four = 4' >> lib/part/a.py; }
build() {
    for number in $(seq 15); do echo $number >> made; echo $number > part-$number; sleep 0.01; done
    (setsid sleep 1000 &)
}
package() { cp -R . "$pkgdir"; }
"""
NOISE = random.Random(3).randbytes(400_000)
"""What takes a while to compress."""
KILLS = 20
GROUPS = 2


def in_steps(*pauses: float) -> Mood:
    """Send the file in equal parts with pauses between them."""

    def mood(to: Handler, file: File, asked: object) -> None:
        to.head(200, {"Content-Length": str(len(file.body)), "ETag": file.etag})
        size = len(file.body) // len(pauses) + 1
        for number, pause in enumerate(pauses):
            to.wfile.write(file.body[number * size :][:size])
            time.sleep(pause)

    return mood


@dataclass(frozen=True)
class Trial:
    """A recipe with every kind of work in it, to be built from nothing as often as is liked.

    Attributes:
        origin: The recipe, never built.
        mirror: The option that names the git server.
        right: SHA-256 of the archive that a build that was left alone gave.
        lasts: Seconds that it took.
    """

    origin: Path
    mirror: str
    right: str
    lasts: float

    def fresh(self, folder: Path) -> Path:
        """Copy the recipe."""
        return Path(shutil.copytree(self.origin, folder))

    def archive(self, recipe: Path) -> str:
        """Hash what was built."""
        return sha256((recipe / "killed-1.pkg.tar.xz").read_bytes()).hexdigest()


@pytest.fixture
def trial(world: World, tmp_path: Path) -> Iterator[Trial]:
    """Build once undisturbed, to know what is right and how long it takes."""
    world.server.pace = 0.03
    with serving() as server:
        moods = [in_steps(0.05, 0.05)] * 100
        url = server.put("/data.tar.gz", tar_of({"data/noise": NOISE, "data/b.txt": "b\n"}, mode="w"), *moods)
        origin = make_recipe(
            tmp_path / "origin", RECIPE.format(url=url), packager=PACKAGER, fix__patch=PATCH, extra__txt="extra\n"
        )
        mirror = f"--source=thing={world.server.url}/thing.git"
        recipe = Path(shutil.copytree(origin, tmp_path / "undisturbed"))
        begun = time.monotonic()
        guild("-H", tmp_path / "first home", "package", mirror, cwd=recipe).ok()
        lasts = time.monotonic() - begun
        right = sha256((recipe / "killed-1.pkg.tar.xz").read_bytes()).hexdigest()
        yield Trial(origin, mirror, right, lasts)


LOGS = ["build.log", "package.log", "prepare.log", "src.json"]


@pytest.mark.parametrize("group", range(GROUPS))
def test_the_build_after_a_kill_is_right(trial: Trial, tmp_path: Path, group: int) -> None:
    """Twenty kills in all, each in its own twentieth of the time that a build takes."""
    seed = int(os.environ.get("GUILD_TEST_SEED", secrets.randbelow(1 << 32)))
    chance = random.Random(seed * GROUPS + group)
    for number in range(group, KILLS, GROUPS):
        moment = trial.lasts * (number + chance.random()) / KILLS
        told = f"killed after {moment:.3f} s of {trial.lasts:.3f} s, GUILD_TEST_SEED={seed}"
        place = tmp_path / f"kill {number}"
        recipe = trial.fresh(place / "recipe")
        env = {"GUILD_HOME": str(place / "home"), "TMPDIR": str(tmp_path)}
        with nothing_left():
            started = Started("package", trial.mirror, cwd=recipe, notes=place / "notes", env=env)
            time.sleep(max(0.0, started.begun + moment - time.monotonic()))
            started.kill()
        said = guild("package", trial.mirror, cwd=recipe, env=env)
        assert said.code == 0, f"{told}: {started.said}\n{said.err}"
        assert trial.archive(recipe) == trial.right, told
        assert litter(recipe, "packager", "fix.patch", "extra.txt") == set(), told
        assert sorted(path.name for path in (recipe / "logs").iterdir()) == LOGS, told
        assert unsound(place / "home") == [], told
        assert [path for path in tmp_path.iterdir() if path.name.startswith("guild-")] == [], told


def test_a_kill_while_the_server_stalls_leaves_no_git(world: World, tmp_path: Path) -> None:
    world.server.stall = 20
    with nothing_left():
        started = Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / "notes")
        wait_for(lambda: world.server.requests, "a request")
        started.kill()
    world.server.behave()
    world.package().ok()


def killed_in_its_hook(world: World, tmp_path: Path) -> None:
    """Have a hook change ``src/``, and kill guild while it does."""
    (world.recipe / "packager").write_text("build() { echo 1 > made; echo x >> extra.txt; echo here; sleep 1000; }\n")
    with nothing_left():
        started = Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / "notes")
        started.wait_until_said("here")
        started.kill()


def test_what_a_killed_hook_changed_is_no_edit(world: World, tmp_path: Path) -> None:
    killed_in_its_hook(world, tmp_path)
    (world.recipe / "packager").write_text("package() { cp extra.txt $pkgdir; }\n")
    world.package().ok()
    assert (world.recipe / "pkg/extra.txt").read_text() == "extra\n"


def test_what_somebody_edits_right_after_a_kill_is_not_lost(world: World, tmp_path: Path) -> None:
    killed_in_its_hook(world, tmp_path)
    edited = world.recipe / "src/lib/part/a.py"
    edited.write_text("mine\n")
    assert "src/ has 1 unsaved edit: lib/part/a.py" in world.package().failed().err
    assert edited.read_text() == "mine\n"
    (world.recipe / "packager").write_text("package() { cp lib/part/a.py $pkgdir; }\n")
    world.package("-e").ok()
    assert (world.recipe / "pkg/a.py").read_text() == "mine\n"


def test_what_is_edited_while_sources_are_fetched_is_not_lost(world: World, tmp_path: Path) -> None:
    world.package("-o").ok()
    world.move_upstream()
    guild("lock", "--update", world.mirror, cwd=world.recipe).ok()
    world.server.stall = 0.5
    env = {"GUILD_HOME": str(tmp_path / "other home")}
    started = Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / "notes", env=env)
    started.wait_until_said("Downloading")
    edited = world.recipe / "src/lib/part/a.py"
    edited.write_text("mine\n")
    assert "src/ has 1 unsaved edit: lib/part/a.py" in started.ended().failed().err
    assert edited.read_text() == "mine\n"


def test_the_second_of_two_waits_and_builds_from_the_lock_of_the_first(world: World, tmp_path: Path) -> None:
    (world.recipe / "packager").write_text(
        "build() { echo here; until test -e $recipedir/go; do sleep 0.02; done; }\npackage() { cp -R . $pkgdir; }\n"
    )
    first = Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / "first")
    first.wait_until_said("here")
    second = Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / "second")
    second.wait_until_said("warning: . is being built, waiting")
    world.upstream.commit({**FILES, "lib/part/a.py": "one = 1\ntwo = 2\nthree = 3\nmoved = 1\n"})
    (world.recipe / "go").touch()
    first.ended().ok()
    before = world.archive.read_bytes()
    second.ended().ok()
    assert world.archive.read_bytes() == before
    guild("verify", world.archive, cwd=world.recipe).ok()


def test_many_at_once_all_succeed(world: World, tmp_path: Path) -> None:
    started = [Started("package", world.mirror, cwd=world.recipe, notes=tmp_path / f"{n}") for n in range(3)]
    ended: list[Said] = [each.ended() for each in started]
    assert [said.code for said in ended] == [0, 0, 0]
    assert litter(world.recipe, "packager", "fix.patch", "extra.txt") == set()
    assert unsound(Path(os.environ["GUILD_HOME"])) == []
