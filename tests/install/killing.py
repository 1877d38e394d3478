"""Every change of what is installed, killed at every operation: ``python -m tests.install.killing [EVERY]``.

Prints how many points each change has and what went wrong at which; with EVERY only each EVERYth point is tried.
After a kill, what is installed must be what was before or what was to be, whole; and the same change, done again, must
end as if nothing had happened, with nothing left over.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from guildpkg.errors import GuildError
from tests.archive.dividing import eager
from tests.archive.spoiling import in_blocks
from tests.install.conftest import World
from tests.support.kills import count_points, killed_at

Act = Callable[[World], object]


@dataclass(frozen=True)
class Trial:
    """A change, and the world before it."""

    prepare: Act
    act: Act


def _two(world: World) -> None:
    world.publish(world.make("data", files={"d": "1", "same": "s"}), world.make(requires="data"))
    world.install("sample")


def _newer(world: World) -> None:
    _two(world)
    world.publish(world.make("data", "2", {"d": "2", "same": "s"}), world.make("sample", "2", {"n": "2"}, "data >= 2"))


def _old(world: World) -> None:
    _newer(world)
    world.upgrade()


def _damaged(world: World) -> None:
    _two(world)
    for path in ("sample-1/README", "sample-1/bin/run"):
        place = (world.home / "packages" / path).resolve()
        place.chmod(0o644)
        place.write_text("damaged")
    extra = (world.home / "packages" / "data-1").resolve()
    extra.chmod(0o755)
    (extra / "extra").write_text("x")


def _nothing(world: World) -> None:
    world.make("data", files={"d": "1", "same": "s"})
    world.make(requires="data")


def _many(world: World) -> None:
    with in_blocks(4096):
        world.make("many", files={f"{number % 3}/{number}": f"{number % 20}" * 700 for number in range(24)})


def _by_several(world: World) -> None:
    with eager():
        world.install("./many-1.pkg.tar.xz")


TRIALS: dict[str, Trial] = {
    "install": Trial(_nothing, lambda world: world.install("./sample-1.pkg.tar.xz", "./data-1.pkg.tar.xz")),
    "install by several": Trial(_many, _by_several),
    "upgrade": Trial(_newer, lambda world: world.upgrade()),
    "uninstall": Trial(_two, lambda world: world.installed and world.uninstall("sample")),
    "rollback": Trial(_old, lambda world: world.rollback(1)),
    "gc": Trial(_old, lambda world: world.gc()),
    "repair": Trial(_damaged, lambda world: world.problems(mend=True)),
}


def main(every: int = 1) -> int:
    """Try all; print a line of JSON for each change."""
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, trial in TRIALS.items():
            template = _world(Path(scratch, name, "template"))
            trial.prepare(template)
            points, wrong, tried = _try(trial, template, every)
            failed += len(wrong)
            line = {"change": name, "points": points, "killed": tried, "wrong": wrong}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return int(failed > 0)


def _world(folder: Path) -> World:
    (folder / "home").mkdir(parents=True)
    return World(folder, folder / "home")


def _try(trial: Trial, template: World, every: int) -> tuple[int, list[str], int]:
    """Give how many points there are, what went wrong, and how many were tried."""
    whole = _copy(template, "whole")
    before = _state(whole)
    points = count_points(lambda: trial.act(whole))
    after, wrong, tried = _state(whole), [], 0
    for point in range(1, points + 1, every):
        world = _copy(template, "trial")
        tried += killed_at(partial(trial.act, world), point)
        try:
            wrong += [f"point {point}: {problem}" for problem in _problems(world, trial, before, after)]
        except GuildError as error:
            wrong.append(f"point {point}: {error}")
    return points, wrong, tried


def _copy(template: World, name: str) -> World:
    folder = template.folder.parent / name
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(template.folder, folder, symlinks=True)
    trust = folder / "home"
    for path in trust.rglob("*.json"):
        # the embedded index is known by its URL, which has the home in it
        if not path.is_symlink() and str(template.folder) in (text := path.read_text()):
            path.write_text(text.replace(str(template.folder), str(folder)))
    return World(folder, folder / "home")


def _state(world: World) -> list[str]:
    """What is installed, as the record has it."""
    return [f"{package.entry} {package.tree}" for package in world.store.current().packages]


def _problems(world: World, trial: Trial, before: list[str], after: list[str]) -> Iterator[str]:
    now = _state(world)
    if now not in (before, after):
        yield f"neither before nor after: {now}"
    if world.links != world.installed:
        yield f"links {world.links} are not what is recorded"
    if trial is not TRIALS["repair"] and (found := world.problems()):
        yield f"damaged: {found}"
    trial.act(world)
    if _state(world) != after:
        yield f"not as it was to be: {_state(world)}"
    if found := world.problems():
        yield f"damaged at last: {found}"
    if left := _litter(world.home):
        yield f"left over: {left}"


def _litter(home: Path) -> list[str]:
    places = [*(home / "store" / "trees").glob(".*"), *(home / "generations").glob(".*"), *home.glob(".packages.*")]
    return sorted(place.name for place in places)


if __name__ == "__main__":
    os.environ.setdefault("GUILD_HOME", "/nonexistent")
    sys.dont_write_bytecode = True
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
