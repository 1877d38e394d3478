"""How runs end that a user breaks off, and what a script does to its own folder."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

import pytest

from guildpkg.stores.runs import Runs
from tests.support.guild import argv, guild
from tests.support.processes import left_running, wait_until_running

DELETER = """\
import os, shutil, time

shutil.rmtree(os.environ["RUNDIR"])
time.sleep(1.5)
print("done")
"""
SLEEPER = """\
import signal, sys, time

def end(number, frame):
    print("saved", flush=True)
    if sys.argv[2] == "polite":
        sys.exit(5)

signal.signal(signal.SIGINT, end)
print("ready", flush=True)
deadline = time.monotonic() + float(sys.argv[1])
while time.monotonic() < deadline:
    time.sleep(0.05)
"""


def project(folder: Path, command: str, **files: str) -> Path:
    (folder / "Guild").write_text(f'[model "m"]\n  train = {command}\n')
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_a_script_that_deletes_its_rundir_is_named_with_its_line(tmp_path: Path) -> None:
    said = guild("train", cwd=project(tmp_path, "deleter", deleter=DELETER)).ok()
    assert said.out == "done\n"
    (warning,) = (line for line in said.steps if "deleted RUNDIR" in line)
    assert warning.endswith(f"patch the line that deletes it: {tmp_path}/deleter.py:3")
    run = Runs(Path(os.environ["GUILD_HOME"])).latest()
    assert str(run.status(time.time_ns())) == "completed"
    assert (run.path / "output").read_bytes() == b"done\n"


@pytest.mark.parametrize(("manner", "presses", "code"), [("polite", 1, 5), ("stubborn", 2, 137)])
def test_ctrl_c_once_is_polite_and_twice_kills(manner: str, presses: int, code: int, tmp_path: Path) -> None:
    word = f"1000.{secrets.randbelow(10**12):012}1"
    here = project(tmp_path, f"sleeper {word} {manner}", sleeper=SLEEPER)
    started = subprocess.Popen(argv("train"), cwd=here, stdout=subprocess.PIPE, process_group=0)
    assert started.stdout is not None
    try:
        wait_until_running(word, seconds=60)
        seen = b""
        for press in range(presses + 1):
            while seen.count(b"\n") <= min(press, 1):
                said = os.read(started.stdout.fileno(), 100)
                assert said, f"it ended and said {seen!r}"
                seen += said
            if press < presses:
                os.killpg(started.pid, signal.SIGINT)
                time.sleep(0.1)
        assert started.wait(60) == code
    finally:
        started.kill()
        started.communicate()
    assert seen == b"ready\nsaved\n"
    assert left_running(word) == []
    run = Runs(Path(os.environ["GUILD_HOME"])).latest()
    assert str(run.status(time.time_ns())) == "terminated (by user)"


def test_eight_runs_started_at_once_leave_eight_sound_records(tmp_path: Path) -> None:
    here = project(tmp_path, "quick", quick="print('hi')\n")
    started = [subprocess.Popen(argv("train"), cwd=here, stdout=subprocess.PIPE) for _ in range(8)]
    assert [process.communicate()[0] for process in started] == [b"hi\n"] * 8
    rows = guild("runs", "--json", cwd=here).ok().json()
    assert [row["status"] for row in rows] == ["completed"] * 8
    assert len({row["id"] for row in rows}) == 8


def test_a_reader_that_leaves_ends_the_run_without_a_word(tmp_path: Path) -> None:
    here = project(tmp_path, "chatty", chatty="while True: print('x' * 1000)\n")
    script = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"'
    said = subprocess.run(["bash", "-c", script, "bash", *argv("train")], cwd=here, capture_output=True, check=True)
    assert said.stdout.decode().splitlines() == ["x" * 1000, "1"]
    assert said.stderr == b""
    assert Runs(Path(os.environ["GUILD_HOME"])).latest().status(time.time_ns()).over
