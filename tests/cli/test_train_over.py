"""Operations that go into the run of another, as ``evaluate`` of a ``Guild`` does: what is recorded of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.guild import argv, guild

YAML = """\
- model: m
  operations:
    train: {main: train}
    evaluate: {main: evaluate, run-policy: overlay, requires: labels}
  resources:
    labels: {sources: [labels.csv]}
"""
EVALUATE = """\
import os, sys, time

print("accuracy: 0.5", flush=True)
print(os.environ["RUN_ID"], file=sys.stderr)
os.chmod("labels.csv", 0o644)
open("labels.csv", "a").write("spoilt")
time.sleep(float(os.environ.get("PAUSE", "0")))
sys.exit(3)
"""


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A project that was trained once, with what it is to be evaluated by."""
    (tmp_path / "guild.yml").write_text(YAML)
    (tmp_path / "labels.csv").write_text("a,b\n")
    (tmp_path / "train.py").write_text("print('trained')\n")
    (tmp_path / "evaluate.py").write_text(EVALUATE)
    guild("train", "-y", cwd=tmp_path).ok()
    return tmp_path


def known(here: Path) -> dict[str, Any]:
    """Give what is known of the one run."""
    return dict(guild("runs", "info", "--json", cwd=here).ok().json())


def test_what_an_evaluation_was_given_printed_and_came_to_is_kept_in_the_run(trained: Path) -> None:
    said = guild("evaluate", "-L", "-y", cwd=trained).failed(3)
    assert "the run changed what it was given: labels.csv (changed)" in said.err
    run = known(trained)
    (row,) = run["operations"]
    assert (row["operation"], row["status"], row["detail"]) == ("m:evaluate", "error", "3")
    assert [(one["path"], one["changed"]) for one in row["resources"]] == [("labels.csv", True)]
    assert (run["status"], run["resources"]) == ("completed", [])
    shown = guild("cat", "--output", cwd=trained).ok()
    assert shown.out == f"trained\naccuracy: 0.5\n{run['id']}\n"
    assert shown.steps[0].startswith("m:evaluate, 20")
    assert "operation m:evaluate: error (3)" in guild("runs", "info", cwd=trained).ok().out


def test_an_evaluation_that_was_killed_is_told_and_put_right(trained: Path) -> None:
    env = {**os.environ, "PAUSE": "1000"}
    started = subprocess.Popen(argv("evaluate", "-L", "-y"), cwd=trained, stdout=subprocess.PIPE, env=env)
    assert started.stdout is not None
    assert started.stdout.readline() == b"accuracy: 0.5\n"
    assert "m:evaluate of run" in guild("runs", "delete", "-y", cwd=trained).failed().err
    started.send_signal(signal.SIGKILL)
    started.communicate()
    deadline = time.monotonic() + 30
    while (row := known(trained)["operations"][0])["status"] == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (row["status"], row["detail"]) == ("killed", "guild was killed")
    guild("check", "--repair", cwd=trained).ok()
    assert Path(row["run_dir"], "exit.json").is_file()
    guild("check", cwd=trained).ok()


def test_an_operation_whose_record_is_gone_is_in_nobodys_way(trained: Path) -> None:
    guild("evaluate", "-L", "-y", cwd=trained).failed(3)
    inside = Path(known(trained)["run_dir"]) / "runs"
    for name, record in (("20260101T000000Z-0000000a", None), ("20260101T000000Z-0000000b", "{")):
        (inside / name).mkdir()
        if record:
            (inside / name / "run.json").write_text(record)
    assert [row["operation"] for row in known(trained)["operations"]] == ["m:evaluate"]
    assert "There is nothing to remove" in guild("gc", "-y", cwd=trained).ok().err
    assert "0000000a has no run.json" in guild("check", cwd=trained).failed().out
    guild("runs", "delete", "-y", "0", cwd=trained).ok()
    assert guild("runs", "--json", cwd=trained).ok().json() == []


def test_an_evaluation_leaves_no_cache_in_the_run(trained: Path) -> None:
    guild("evaluate", "-L", "-y", cwd=trained).failed(3)
    guild("gc", "-y", cwd=trained).ok()
    run = Path(known(trained)["run_dir"])
    assert not (run / "cache").exists()
    assert len(list((run.parents[1] / "cache").glob("interpreter-*.json"))) == 1
