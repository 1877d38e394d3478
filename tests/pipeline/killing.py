"""Every change of a recipe's patches, killed at every operation: ``python -m tests.pipeline.killing [EVERY]``.

Prints how many points each change has and what went wrong at which; with EVERY only each EVERYth point is tried,
counted from near the end, where what was prepared is put in place. After a kill, whoever opens the recipe must find
recipe, lock, patches and ``src/`` as they were before or as they were to be, all of them; and what was to be done, done
again, must end as if nothing had happened.
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

from guildpkg.core.events import silent
from guildpkg.errors import GuildError
from guildpkg.pipeline.package.fetch import Wish
from guildpkg.pipeline.package.lay import refuse_stale
from guildpkg.pipeline.patch.edits import begin, drop
from guildpkg.pipeline.patch.refresh import RefreshWish, refresh
from guildpkg.pipeline.patch.refresh_save import save_resolved
from guildpkg.pipeline.patch.refresh_write import is_pending
from guildpkg.pipeline.patch.save import SaveWish, save
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import unsaved_edits
from guildpkg.recipe.folder import open_folder
from guildpkg.system.disk import scan
from tests.pipeline.conftest import FILES, PATCH
from tests.support.guild import make_recipe
from tests.support.kills import count_points, killed_at
from tests.support.repos import Repo

RECIPE = """\
[package]
  name    = thing
  version = 1
  source  = git+file://{upstream}#branch=main&path=lib extra.txt
  patches = fix.patch
"""
A = "src/lib/part/a.py"


@dataclass(frozen=True)
class Bench:
    """A recipe folder and a home of its own."""

    folder: Path

    @property
    def recipe(self) -> Path:
        return self.folder / "recipe"

    @property
    def setting(self) -> Setting:
        return Setting(self.folder / "home", os.environ, silent, lambda: 0.0)

    def edit(self, text: str, file: str = A) -> None:
        (self.recipe / file).write_text(text)

    def begin(self) -> None:
        begin(self.recipe, "", "lib", Wish(), self.setting)

    def save(self, *, new: bool = False) -> None:
        save(self.recipe, "", SaveWish(new=new), Wish(offline=True), self.setting)

    def refresh(self, ref: str) -> None:
        refresh(self.recipe, "", RefreshWish(ref), Wish(), self.setting)

    def go_on(self) -> None:
        assert is_pending(self.recipe)
        save_resolved(self.recipe, "", "", Wish(offline=True), self.setting, dry_run=False)

    def drop(self) -> None:
        drop(self.recipe, "", "fix", Wish(offline=True), self.setting, dry_run=False)


Act = Callable[[Bench], object]


def _edited(bench: Bench) -> None:
    bench.begin()
    bench.edit("one = 11\ntwo = 22\nthree = 3\n")


def _edited_twice(bench: Bench) -> None:
    _edited(bench)
    bench.edit("more\n", "src/extra.txt")


def _copied(bench: Bench) -> None:
    bench.begin()
    shutil.copytree(bench.recipe / "src/lib", bench.recipe / "src/lib.new")
    bench.edit("one = 11\ntwo = 22\nthree = 3\n", "src/lib.new/part/a.py")


def _in_conflict(bench: Bench) -> None:
    bench.begin()
    bench.refresh("conflict")
    bench.edit("one = 1\ntwo = 2222\nthree = 3\n")


TRIALS: dict[str, tuple[Act, Act]] = {
    "save": (_edited, lambda bench: bench.save()),
    "save --new": (_edited_twice, lambda bench: bench.save(new=True)),
    "save of a copy": (_copied, lambda bench: bench.save()),
    "drop": (lambda bench: bench.begin(), lambda bench: bench.drop()),
    "refresh": (lambda bench: bench.begin(), lambda bench: bench.refresh("merged")),
    "refresh in conflict": (lambda bench: bench.begin(), lambda bench: bench.refresh("conflict")),
    "save of what was resolved": (_in_conflict, lambda bench: bench.go_on()),
}


def main(every: int = 1) -> int:
    """Try all; print a line of JSON for each change."""
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        upstream = _upstream(Path(scratch, "upstream.git"))
        for number, (name, (prepare, act)) in enumerate(TRIALS.items()):
            template = Bench(Path(scratch, str(number), "template"))
            files = {"fix__patch": PATCH, "extra__txt": "extra\n"}
            make_recipe(template.recipe, RECIPE.format(upstream=upstream), **files)
            prepare(template)
            points, tried, wrong = _try(act, template, every, 5 * number % every)
            failed += len(wrong)
            sys.stdout.write(json.dumps({"change": name, "points": points, "killed": tried, "wrong": wrong}) + "\n")
            sys.stdout.flush()
    return int(failed > 0)


def _upstream(path: Path) -> Path:
    repo = Repo(path)
    repo.commit(FILES)
    for branch, text in (("merged", "zero = 0\none = 1\ntwo = 2\nthree = 3\n"), ("conflict", "one = 1\ntwo = 222\n")):
        repo.git("branch", branch, "main")
        repo.commit({**FILES, "lib/part/a.py": text}, branch)
    return path


def _try(act: Act, template: Bench, every: int, shift: int) -> tuple[int, int, list[str]]:
    """Give how many points there are, how many kills there were, and what went wrong."""
    before, whole = _state(template), _copy(template, "whole")
    points = count_points(lambda: act(whole))
    after, tried, wrong = _state(whole), 0, []
    if after == before:
        wrong.append("it changes nothing")
    for point in range(points - shift, 0, -every):
        bench = _copy(template, "trial")
        tried += killed_at(partial(act, bench), point)
        wrong += [f"point {point}: {problem}" for problem in _problems(bench, act, before, after)]
    return points, tried, wrong


def _problems(bench: Bench, act: Act, before: dict[str, object], after: dict[str, object]) -> Iterator[str]:
    try:
        now = _state(bench)
        if now not in (before, after):
            near = min((before, after), key=lambda state: sum(state.get(key) != now.get(key) for key in state))
            yield f"neither before nor after: {[key for key in {**now, **near} if now.get(key) != near.get(key)]}"
        if now != after:
            act(bench)
    except GuildError as error:
        yield str(error)
    if _state(bench) != after:
        yield "not as it was to be"
    left = [place.name for place in (*bench.recipe.glob(".*"), *(bench.recipe / "logs").glob(".*"))]
    if now != after and left:
        yield f"left over: {left}"


def _copy(template: Bench, name: str) -> Bench:
    folder = template.folder.parent / name
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(template.folder, folder, symlinks=True)
    return Bench(folder)


def _state(bench: Bench) -> dict[str, object]:
    """Take down what a person can see: recipe, lock, patches, ``src/``, its edits, a refresh that waits."""
    folder = open_folder(bench.recipe, "")
    found: dict[str, object] = {
        os.fsdecode(entry.path): entry
        for entry in scan(bench.recipe)
        if not entry.path.startswith((b"logs/", b".")) or entry.path == b"logs/refresh.json"
    }
    found["edits"] = unsaved_edits(folder.src, folder.logs)
    try:
        refuse_stale(folder)
    except GuildError as error:
        found["stale"] = str(error)
    return found


if __name__ == "__main__":
    os.environ.setdefault("GUILD_HOME", "/nonexistent")
    sys.dont_write_bytecode = True
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
