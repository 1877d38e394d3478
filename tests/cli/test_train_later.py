"""Runs that are made now and started later, that go on alone, and that are ended from elsewhere."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

import pytest

from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from tests.support.guild import argv, guild
from tests.support.processes import left_running, wait_until_running
from tests.support.runs import status_in_the_end

SLEEPER = """\
import signal, sys, time
if "--deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("ready", "w").close()
time.sleep(float(sys.argv[1]))
print("woke up")
"""
YAML = """\
- model: m
  operations:
    train:
      main: sleeper ${seconds}
      flags:
        seconds: {default: 0, arg-skip: yes}
        deaf: {default: no, type: boolean}
    both: {steps: [train]}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "guild.yml").write_text(YAML)
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    return tmp_path


@pytest.fixture
def word() -> str:
    """A number of seconds that no other process has as an argument."""
    return f"1000.{secrets.randbelow(10**12):012}1"


def only_run() -> Run:
    (run,) = Runs(Path(os.environ["GUILD_HOME"])).all()
    return run


def wait_until_ready(run: Run) -> None:
    deadline = time.monotonic() + 30
    while not (run.files / "ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_staged_run_is_whole_and_waits_and_is_started_once(here: Path) -> None:
    id_ = guild("train", "-y", "--stage", "--label", "later", cwd=here).ok().out.strip()
    assert str(only_run().status(0)) == "staged"
    (here / "sleeper.py").write_text(f"{SLEEPER}print('and again')\n")
    said = guild("run", "--start", id_[:8], cwd=here).ok()
    assert said.out == "woke up\nand again\n"
    assert f"what is run has changed since run {id_[:8]} was staged: sleeper.py" in said.err
    assert "was started before" in guild("run", "--start", id_, cwd=here).failed().err
    assert guild("runs", "--json", cwd=here).json()[0]["status"] == "completed"


def test_only_what_was_staged_is_started(here: Path) -> None:
    guild("train", "-y", cwd=here).ok()
    assert "was not staged" in guild("run", "--start", only_run().short, cwd=here).failed().err
    assert "a staged run is started as it was made" in guild("run", "--start", "1", "x=1", cwd=here).failed(2).err
    assert "can only be run at once" in guild("run", "both", "-y", "--stage", cwd=here).failed(2).err


def test_a_run_in_the_background_survives_the_shell_and_its_guild(here: Path) -> None:
    shell = subprocess.Popen(["bash", "-c", '"$@"; sleep 1000', "bash", *argv("train", "-y", "-b", "seconds=1.5")],
                             cwd=here, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0)  # fmt: skip
    assert shell.stdout is not None
    id_ = shell.stdout.readline().decode().strip()
    assert id_ == only_run().record().id
    os.killpg(shell.pid, signal.SIGKILL)
    shell.wait()
    shell.stdout.close()
    assert str(status_in_the_end(only_run())) == "completed"
    assert guild("cat", "--output", cwd=here).ok().out == "woke up\n"


def test_a_running_run_is_stopped_from_elsewhere(here: Path, word: str) -> None:
    found = guild("train", "-y", "--background", "--json", f"seconds={word}", cwd=here).ok().json()
    run = Run(Path(found["run_dir"]))
    wait_until_ready(run)
    said = guild("runs", "stop", run.short, "-y", cwd=here).ok()
    assert said.steps[-1] == "Stopped: 1 run"
    assert str(run.status(0)) == "terminated (by signal to guild)"
    assert left_running(word) == []
    assert guild("runs", "stop", cwd=here).ok().steps == ["Nothing is running"]


def test_a_run_that_does_not_listen_is_killed_when_that_is_wished(here: Path, word: str) -> None:
    guild("train", "-y", "--background", f"seconds={word}", "deaf=yes", cwd=here).ok()
    wait_until_ready(only_run())
    guild("runs", "stop", "-y", "--kill", cwd=here).ok()
    assert only_run().status(0).word == "terminated"
    assert left_running(word) == []


def test_the_kill_of_a_guild_in_the_foreground_ends_its_script(here: Path, word: str) -> None:
    started = subprocess.Popen(argv("train", "-y", f"seconds={word}"), cwd=here, stderr=subprocess.DEVNULL)
    try:
        wait_until_running(word, seconds=60)
    finally:
        started.kill()
        started.wait()
    assert left_running(word) == []
    assert str(only_run().status(time.time_ns())) == "killed (guild was killed)"
