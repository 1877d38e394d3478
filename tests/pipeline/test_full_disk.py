"""No room at any moment of a build: it is said, the old archive stays, and the build after that is right."""

from __future__ import annotations

import random
import resource
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.builds import litter
from tests.support.disks import fill, small_disk
from tests.support.guild import Said, argv, guild, make_recipe

__all__ = ["small_disk"]
HEAD = "[package]\n  name = full\n  version = 1\n"
NOISE = random.Random(5).randbytes(200_000)


def build(recipe: Path, *options: str, largest: int) -> Said:
    """Build where no file may be larger than so many bytes."""
    ended = subprocess.run(
        argv("package", *options),
        cwd=recipe,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


def make_laying(recipe: Path) -> None:
    """One source is larger than a file may be."""
    make_recipe(recipe, f"{HEAD}  source = large.bin\n")
    (recipe / "large.bin").write_bytes(NOISE)


def make_a_hook(recipe: Path) -> None:
    """What the hook writes is larger than a file may be."""
    make_recipe(recipe, f"{HEAD}  packager = packager\n", packager="build() { head -c 200000 /dev/zero > large; }\n")


def make_its_log(recipe: Path) -> None:
    """What the hook says is more than its log can hold."""
    make_recipe(recipe, f"{HEAD}  packager = packager\n", packager="build() { head -c 200000 /dev/zero; }\n")


def make_compression(recipe: Path) -> None:
    """Each file is small enough; the archive is not."""
    make_recipe(recipe, f"{HEAD}  source = data\n")
    (recipe / "data").mkdir(exist_ok=True)
    for number in range(4):
        (recipe / "data" / f"{number}").write_bytes(NOISE[number * 50_000 :][:50_000])


def make_the_lock(recipe: Path) -> None:
    """The lock is longer than any file may be."""
    names = [f"{'long' * 50}{number}" for number in range(50)]
    make_recipe(recipe, f"{HEAD}  source = {' '.join(names)}\n")
    for name in names:
        (recipe / name).write_text("x")


def make_the_record(recipe: Path) -> None:
    """The record of ``src/`` is longer than any file may be."""
    make_recipe(recipe, f"{HEAD}  source = data\n")
    (recipe / "data").mkdir()
    for number in range(180):
        (recipe / "data" / f"{'long' * 30}{number}").write_text("x")


LIMITS = {
    "laying": (make_laying, 100_000, "no room left while writing {recipe}/logs/.staging/src/large.bin"),
    "a hook": (make_a_hook, 100_000, "the build hook failed (exit 153, killed by signal SIGXFSZ)"),
    "its log": (make_its_log, 100_000, "no room left while writing {recipe}/logs/build.log"),
    "compression": (make_compression, 100_000, "no room left while writing {recipe}/logs/.staging/full-1.pkg.tar.xz"),
    "the lock": (make_the_lock, 20_000, "no room left while writing {recipe}/GuildPkg.lock"),
    "the record": (make_the_record, 30_000, "no room left while writing {recipe}/logs/src.json"),
}


@pytest.mark.parametrize("where", LIMITS)
def test_a_file_that_may_not_grow_ends_the_build_with_its_name(tmp_path: Path, where: str) -> None:
    make, largest, message = LIMITS[where]
    recipe = tmp_path / "recipe"
    make(recipe)
    own = {path.name for path in recipe.iterdir()}
    said = build(recipe, largest=largest).failed()
    assert message.format(recipe=recipe) in said.err
    assert litter(recipe, *own) == set()
    if where != "the record":
        assert not (recipe / "full-1.pkg.tar.xz").exists()
    guild("package", "-q", cwd=recipe).ok()
    subprocess.run(["xz", "-t", recipe / "full-1.pkg.tar.xz"], check=True)


def test_the_old_archive_and_statement_stay_when_there_is_no_room_for_the_new_one(tmp_path: Path) -> None:
    recipe = make_recipe(tmp_path / "recipe", f"{HEAD}  source = data\n")
    (recipe / "data").mkdir()
    (recipe / "data/0").write_text("old\n")
    guild("package", cwd=recipe).ok()
    before = {name: (recipe / name).read_bytes() for name in ("full-1.pkg.tar.xz", "full-1.build.json")}
    make_compression(recipe)
    assert "no room left" in build(recipe, "-f", largest=100_000).failed().err
    assert {name: (recipe / name).read_bytes() for name in before} == before


def test_a_disk_that_fills_up_at_any_point_is_told_and_no_harm_is_done(small_disk: Path) -> None:
    """From no room at all to just too little; what needs room in turn: laying, the lock, a hook, the archive."""
    hooks = "build() { head -c 300000 data.bin > made; }\npackage() { cp made data.bin $pkgdir; }\n"
    recipe = make_recipe(small_disk / "recipe", f"{HEAD}  source = data.bin\n  packager = packager\n", packager=hooks)
    (recipe / "data.bin").write_bytes(NOISE * 2)
    env = {"GUILD_HOME": str(small_disk / "home")}
    guild("package", cwd=recipe, env=env).ok()
    right = sha256((recipe / "full-1.pkg.tar.xz").read_bytes()).hexdigest()
    told: list[str] = []
    for room in range(0, 1_250_000, 250_000):
        fill(small_disk, room)
        said = guild("package", "-c", cwd=recipe, env=env)
        if said.code:
            said.failed()
            assert "oom left" in said.err or "No space left on device" in said.err
            told.append(said.err.splitlines()[-2].removeprefix("guild: "))
        (small_disk / "filler").unlink()
        assert sha256((recipe / "full-1.pkg.tar.xz").read_bytes()).hexdigest() == right
        assert litter(recipe, "packager", "data.bin") == set()
    assert len(set(told)) >= 2, told
    guild("package", cwd=recipe, env=env).ok()
