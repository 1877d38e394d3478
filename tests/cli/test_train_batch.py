"""Batches: from lists, ranges and files; some at once; broken off and resumed."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from guildpkg.core.events import Event, Step, silent
from guildpkg.core.runs.record import Process, ProcessRecord
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.batch import run_batch
from guildpkg.pipeline.train.place import gpu_share
from guildpkg.pipeline.train.trials import resume
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.process.alive import this_host, this_process
from tests.support.guild import argv, guild
from tests.support.processes import left_running, wait_until_running
from tests.support.runs import status_in_the_end

YAML = """\
- model: m
  operations:
    train:
      main: script
      flags: {x: 1, y: a, wait: 0}
    both: {steps: [train]}
"""
SCRIPT = """\
import os, sys, time
x, wait = os.environ["FLAG_X"], os.environ["FLAG_WAIT"]
if os.path.exists(os.environ["PROJECT_DIR"] + "/hold"):
    time.sleep(float(wait))
print("x is", x, flush=True)
sys.exit(3 if x == "13" else 0)
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "guild.yml").write_text(YAML)
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def rows(here: Path) -> list[dict[str, Any]]:
    """The records of all runs, the first first."""
    found: list[dict[str, Any]] = guild("runs", "--json", cwd=here).ok().json()
    return found[::-1]


def batch_id() -> str:
    """The beginning of the id of the one batch."""
    (folder,) = (Path(os.environ["GUILD_HOME"]) / "batches").iterdir()
    return folder.name[-8:]


def test_the_trials_are_shown_and_run_in_order_and_a_failure_stops_nobody(here: Path) -> None:
    said = guild("train", "x=[12,13,14]", "--dry-run", cwd=here).ok()
    assert said.out == (
        "You are about to run ./m:train as a batch (3 trials)\n  wait: 0\n  x: [12, 13, 14]\n  y: a\n"
        "  1: x=12\n  2: x=13\n  3: x=14\n"
    )
    said = guild("train", "-y", "x=12..14", cwd=here).failed(3)
    assert said.out == "x is 12\nx is 13\nx is 14\n"
    assert said.steps[-1] == "3 trials: 2 completed, 1 error"
    assert [row["status"] for row in rows(here)] == ["completed", "error", "completed"]


def test_with_fail_fast_a_failure_ends_the_batch(here: Path) -> None:
    said = guild("train", "-y", "x=[13,14]", "--fail-fast", cwd=here).failed(3)
    assert said.steps[-1] == f"2 trials: 1 error, 1 not run: guild run --resume {batch_id()}"


def test_trials_at_once_are_told_apart_and_share_the_gpus_out(here: Path) -> None:
    (here / "hold").touch()
    said = guild("train", "-y", "x=[1,2]", "wait=1", "-j", "2", "--gpus", "0,2,5", cwd=here).ok()
    assert sorted(said.out.splitlines()) == ["[1] x is 1", "[2] x is 2"]
    env = [json.loads(Path(row["run_dir"], "run.json").read_bytes())["env"] for row in rows(here)]
    seen = sorted((one["CUDA_VISIBLE_DEVICES"], one["GPU_COUNT"]) for one in env)
    assert seen == [("0,5", "2"), ("2", "1")]


def test_more_trials_than_gpus_take_turns() -> None:
    assert [gpu_share("0,1", slot, 5) for slot in range(5)] == ["0", "1", "0", "1", "0"]
    assert [gpu_share("", slot, 2) for slot in range(2)] == ["", ""]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "x,y\n2,b\n3,\n"),
        ("t.json", '[{"x": 2, "y": "b"}, {"x": 3, "y": null}]'),
        ("t.yml", "- {x: 2, y: b}\n- x: 3\n  y:\n"),
    ],
)
def test_a_file_gives_the_flags_of_each_trial(name: str, text: str, here: Path) -> None:
    (here / name).write_text(text)
    found = guild("train", f"@{name}", "wait=7", "--dry-run", "--json", cwd=here).ok().json()
    assert found["trials"] == [{"x": 2, "y": "b", "wait": 7}, {"x": 3, "y": None, "wait": 7}]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.csv", "x,y\n1\n", "@t.csv:2: has 1 values for 2 flags"),
        ("t.csv", "x,x\n1,2\n", "@t.csv:1: has a column without a name, or two of one name"),
        ("t.json", "[1", "@t.json:1: is no JSON"),
        ("t.json", '{"x": 1}', "@t.json: has to be a list of tables"),
        ("t.yml", "- [\n", "@t.yml:2: is no YAML"),
        ("t.yml", "- x: {a: 1}\n", "@t.yml: has a table as a value"),
        ("t.csv", "", "@t.csv: has no rows"),
        ("t.txt", "x", "@t.txt: is of no kind that holds flags (use .csv, .json or .yml)"),
        ("t.csv", "z\n1\n", "row 1 names z, which is no flag"),
    ],
)
def test_a_file_that_holds_no_flags_is_told(name: str, text: str, message: str, here: Path) -> None:
    (here / name).write_text(text)
    assert message in guild("train", f"@{name}", cwd=here).failed().err


def test_a_batch_is_resumed_after_a_kill_and_runs_nothing_twice(here: Path) -> None:
    (here / "hold").touch()
    guild("train", "-y", "x=1", cwd=here).ok()
    word = f"1000.{secrets.randbelow(10**12):012}1"
    command = argv("train", "-y", "x=[1,2,3]", f"wait=[0,{word}]", "-j", "1")
    killed = subprocess.Popen(command, cwd=here, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_until_running(word, seconds=60)
    finally:
        killed.kill()
        killed.wait()
    assert left_running(word) == []
    (here / "hold").unlink()
    resumed = guild("run", "--resume", batch_id(), "-j", "2", cwd=here).ok()
    assert resumed.steps[-1] == "5 trials: 5 completed"
    statuses = [row["status"] for row in rows(here)]
    assert (statuses.count("completed"), statuses.count("killed")) == (7, 1)
    assert guild("run", "--resume", batch_id(), cwd=here.parent).ok().steps == ["All 6 trials are completed"]


def test_what_cannot_be_a_batch_or_resumed_is_told(here: Path) -> None:
    assert "there is no batch ffff" in guild("run", "--resume", "ffff", cwd=here).failed().err
    assert "leave out x=1" in guild("run", "--resume", "ffff", "x=1", cwd=here).failed(2).err


def staged(here: Path, *words: str) -> list[Run]:
    """Stage a batch, and give the runs of its trials."""
    said = guild("train", "-y", "--stage", "--json", *words, cwd=here).ok().json()
    assert said["batch"].startswith(batch_id())
    return [Run(Path(row["run_dir"])) for row in said["runs"]]


def test_a_staged_batch_waits_and_each_of_its_trials_is_started_as_it_was_made(here: Path) -> None:
    runs = staged(here, "x=[1,2,3]", "--label", "later")
    assert [row["status"] for row in rows(here)] == ["staged"] * 3
    assert [run.record().trial for run in runs] == [1, 2, 3]
    assert guild("runs", "info", "--json", cwd=here).ok().json()["batch"].startswith(batch_id())
    (here / "guild.yml").unlink()
    assert guild("run", "--start", runs[1].short, cwd=here).ok().out == "x is 2\n"
    said = guild("run", "--resume", batch_id(), "-j", "2", cwd=here.parent).ok()
    assert sorted(said.out.splitlines()) == ["[1] x is 1", "[3] x is 3"]
    assert said.steps[-1] == "2 trials: 2 completed"
    assert len(Runs(runs[0].home).all()) == 3


def test_what_is_left_of_a_batch_that_was_staged_in_part_is_started_or_made(here: Path) -> None:
    runs = staged(here, "x=[1,2,3]")
    guild("runs", "delete", "-y", runs[0].short, cwd=here).ok()
    dry = guild("run", "--resume", batch_id(), "--dry-run", cwd=here).ok()
    assert dry.out == "3 of 3 trials are left: 1, 2, 3\n"
    assert guild("run", "--resume", batch_id(), cwd=here).ok().out == "x is 1\nx is 2\nx is 3\n"
    assert guild("run", "--resume", batch_id(), cwd=here).ok().steps == ["All 3 trials are completed"]


def test_a_staged_trial_that_somebody_else_starts_meanwhile_is_left_to_him(here: Path) -> None:
    (here / "script.py").write_text("import os, pathlib; pathlib.Path(os.environ['PROJECT_DIR'], 'hold').unlink()")
    runs = staged(here, "x=[1,2]")
    batch, left = resume(batch_id(), here, Setting(runs[0].home, os.environ, silent, time.time))
    runs[1].claim(ProcessRecord(this_process(), Process(), this_host(), 0))
    (here / "hold").touch()
    heard: list[Event] = []
    assert run_batch(batch, left, Setting(runs[0].home, os.environ, heard.append, time.time)) == 0
    assert [event.text for event in heard if isinstance(event, Step)][
        -1
    ] == "2 trials: 1 completed, 1 started elsewhere"


def test_of_a_batch_that_cannot_be_staged_nothing_is_left(here: Path) -> None:
    needy = YAML.replace("x: 1,", "x: 1, file: a.txt,").replace("main: script", "main: script\n      requires: data")
    (here / "guild.yml").write_text(f"{needy}  resources: {{data: {{sources: ['${{file}}']}}}}\n")
    (here / "a.txt").touch()
    assert "b.txt" in guild("train", "-y", "--stage", "file=[a.txt,b.txt]", cwd=here).failed().err
    home = Path(os.environ["GUILD_HOME"])
    assert [*(home / "batches").iterdir(), *Runs(home).all()] == []


def test_a_batch_goes_on_in_the_background(here: Path) -> None:
    runs = staged(here, "x=[1,2]")
    guild("run", "--resume", batch_id(), "--background", cwd=here).ok()
    assert [str(status_in_the_end(run)) for run in runs] == ["completed"] * 2


@pytest.mark.parametrize(
    ("option", "words"),
    [("--start", ["--label", ""]), ("--start", ["--gpus", ""]), ("--resume", ["-F", "x=1"]), ("--resume", ["x=1"])],
)
def test_what_cannot_change_what_is_started_is_refused(option: str, words: list[str], here: Path) -> None:
    said = guild("run", option, "ffff", *words, cwd=here).failed(2)
    assert f"leave out {words[0]} beside {option}".replace("-F", "--flag") in said.err


def test_a_start_can_be_looked_at_before_and_names_what_is_a_batch(here: Path) -> None:
    runs = staged(here, "x=[1,2]")
    assert " -um script" in guild("run", "--start", runs[0].short, "--dry-run", cwd=here).ok().out
    assert guild("run", "--start", runs[0].short, "--dry-run", "--json", cwd=here).ok().json()["flags"]["x"] == 1
    assert str(runs[0].status(0)) == "staged"
    hint = f"guild run --resume {batch_id()} starts its trials"
    assert hint in guild("run", "--start", batch_id(), cwd=here).failed().err
