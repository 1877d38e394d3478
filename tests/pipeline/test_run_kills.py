"""SIGKILL of guild at every operation on the disk, from the plan of a run to its end: snapshot, resources, staging.

And many guilds at once in one home.
"""

from __future__ import annotations

import functools
import json
import os
import random
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.core.events import silent
from guildpkg.pipeline.runs.check import check_runs
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.batch import run_batch
from guildpkg.pipeline.train.find import Wish
from guildpkg.pipeline.train.later import stage
from guildpkg.pipeline.train.launch import carry_out
from guildpkg.pipeline.train.plan import Plan, plan
from guildpkg.pipeline.train.trials import resume, stage_batch
from guildpkg.run.attrs import collect
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_repair import repair, troubles
from tests.support.kills import count_points, killed_at

YAML = """\
- model: m
  operations:
    train: {exec: sh -c "cat data.txt; echo written > result", requires: data}
  resources:
    data: {sources: [data.txt]}
"""
EVERY = os.environ.get("GUILD_TEST_KILLS") == "all"
AT_ONCE = 24
STARTS = 12
"""Points at which a run that is started is killed; staging, which starts nothing, is killed at all of them."""


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    """A run with source code and a resource."""
    here = tmp_path / "project"
    here.mkdir()
    for name, text in {"guild.yml": YAML, "data.txt": "data\n", "train.py": "code\n"}.items():
        (here / name).write_text(text)
    return plan(Wish(operation="train"), here, setting_of(tmp_path / "home"))


def setting_of(home: Path) -> Setting:
    return Setting(home, {**os.environ, "CUDA_VISIBLE_DEVICES": ""}, silent, time.time)


def settled(store: Runs, run: Run) -> str:
    """Say what became of a run whose guild is dead; what came of it may take a moment to follow."""
    deadline = time.monotonic() + 30
    while (status := store.status(run)).word in ("running", "pending") and time.monotonic() < deadline:
        time.sleep(0.01)
    return str(status)


def is_whole(run: Run) -> bool:
    """Tell whether a run has its source code and its resources."""
    laid = [row.path for row in run.inputs()]
    return laid == ["data.txt"] and (run.files / "data.txt").is_file() and (run.path / "source/train.py").is_file()


def knows_its_machine(run: Run) -> bool:
    """Tell whether what was looked up for a run is whole, as far as it got."""
    attrs = run.path / "attrs.json"
    return not attrs.exists() or "cpu_cores" in json.loads(attrs.read_bytes())["system"]


def check(home: Path, told: str) -> str:
    """Look at what a kill has left, have it put right, and give the status of the run; empty for none."""
    store = Runs(home)
    found = {run: settled(store, run) for run in store.all()}
    for run, status in found.items():
        assert status in ("staged", "completed", "killed (guild was killed)"), told
        assert status == "killed (guild was killed)" or is_whole(run), told
        assert knows_its_machine(run), told
    assert repair(store).left == (), told
    assert list(troubles(store)) == [], told
    assert list(store.folder.glob(".*")) == [], told
    assert {run: str(store.status(run)) for run in store.all()} == found, told
    return "".join(found.values())


@pytest.mark.parametrize(("act", "most"), [(stage, 0), (carry_out, STARTS)], ids=["staged", "run"])
def test_a_kill_at_any_operation_leaves_what_the_status_says(
    act: Callable[[Plan, Setting], object], most: int, planned: Plan, tmp_path: Path
) -> None:
    seed = int(os.environ.get("GUILD_TEST_SEED", secrets.randbelow(1 << 32)))
    last = count_points(lambda: act(planned, setting_of(tmp_path / "whole")))
    points = range(1, last + 1)
    chosen = points if EVERY or not most else sorted(random.Random(seed).sample(points, min(most, last)))
    seen = set()
    for point in chosen:
        home = tmp_path / f"home{point}"
        killed_at(functools.partial(act, planned, setting_of(home)), point)
        seen.add(check(home, f"{point} of {last}, GUILD_TEST_SEED={seed}"))
    assert "killed (guild was killed)" in seen
    assert is_whole(stage(planned, setting_of(home)))


def test_a_kill_while_the_machine_is_looked_up_leaves_what_was_written_before_whole(
    planned: Plan, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    carry_out(planned, setting_of(home))
    (run,) = Runs(home).all()
    act = functools.partial(collect, run, run.record())
    attrs, last = run.path / "attrs.json", count_points(act)
    known = []
    for point in range(1, last + 1):
        attrs.unlink()
        assert killed_at(act, point)
        known.append(attrs.exists())
        assert knows_its_machine(run), point
        assert repair(Runs(home)).left == (), point
        assert list(run.path.glob(".*")) == [], point
        attrs.touch()
    # written once at the beginning, and whole from then on
    assert known == sorted(known)
    assert known.index(True) < last // 2


def test_many_guilds_at_once_leave_as_many_sound_records(planned: Plan, tmp_path: Path) -> None:
    """The bench does this with 200 (``python -m benchmarks runs``)."""
    home, children = tmp_path / "home", []
    for _ in range(AT_ONCE):
        child = os.fork()
        if not child:
            code = 9
            try:
                code = carry_out(planned, setting_of(home))
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0] * AT_ONCE
    store = Runs(home)
    assert [str(row.status) for row in store.summaries()] == ["completed"] * AT_ONCE
    assert all(is_whole(run) and knows_its_machine(run) for run in store.all())
    assert check_runs(home, mend=False).left == ()


def test_a_kill_while_a_batch_is_staged_loses_no_trial(planned: Plan, tmp_path: Path) -> None:
    """What was staged by then waits, what was not is made when the batch is resumed."""
    here = Path(planned.project.dir)
    (here / "guild.yml").write_text(YAML.replace("requires: data}", "requires: data, flags: {x: 1}}"))
    batch = plan(Wish(operation="train", words=("x=[1,2,3]",)), here, setting_of(tmp_path / "whole"))
    last = count_points(lambda: stage_batch(batch, setting_of(tmp_path / "whole")))
    for point in random.sample(range(last // 3, last + 1), 3):
        home = tmp_path / f"home{point}"
        assert killed_at(functools.partial(stage_batch, batch, setting_of(home)), point)
        check(home, f"{point} of {last}")
        (folder,) = (home / "batches").iterdir()
        written, left = resume(folder.name[-8:], here, setting_of(home))
        assert sorted(left) == [1, 2, 3], point
        assert run_batch(written, left, setting_of(home)) == 0
        done = [run.record().trial for run in Runs(home).all() if settled(Runs(home), run) == "completed"]
        assert sorted(done) == [1, 2, 3], point
