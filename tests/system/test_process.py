"""Programs really run: streams, environment, signals, and nothing that outlives its end."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guildpkg.errors import GuildError
from guildpkg.system.process.start import Finished, run
from tests.support.processes import left_running, running, wait_until_running

PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
FORKERS = {
    "stays in its group": "sleep {word} &",
    "a session of its own": "setsid sleep {word} &",
    "forked twice": "(setsid sh -c 'sleep {word} & exit' &)",
    "deaf to signals": "(trap '' INT TERM HUP; setsid sleep {word} &)",
}

GUILD = """
import os, sys
from pathlib import Path
from guildpkg.errors import Interrupted
from guildpkg.system.process.start import run

try:
    run(["sh", "-c", os.environ["SCRIPT"]], cwd=Path("/"), env={"PATH": os.environ["PATH"]})
except Interrupted as error:
    sys.exit(f"{error}, {error.exit_code}")
"""


@pytest.fixture
def word() -> str:
    """A duration that no other process sleeps for."""
    return f"1000.{secrets.randbelow(10**12):012}"


@pytest.fixture
def guild() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a guild, in a process group of its own as a shell would, that runs a script."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str) -> subprocess.Popen[str]:
        env = {**PATH, "SCRIPT": script}
        command = [sys.executable, "-c", GUILD]
        process = subprocess.Popen(command, env=env, text=True, stderr=subprocess.PIPE, process_group=0)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def sh(script: str, **more: object) -> Finished:
    return run(["sh", "-c", script], cwd=Path("/"), env=PATH, **more)  # type: ignore[arg-type]


def test_both_streams_and_the_status_come_back() -> None:
    assert sh("echo out; echo err >&2; exit 3") == Finished(3, b"out\n", b"err\n")


def test_a_signal_is_a_negative_status() -> None:
    assert sh("kill -SEGV $$").returncode == -signal.SIGSEGV


def test_the_environment_is_the_one_given_and_no_more() -> None:
    given = {"A": "1", "B": "two\nlines=x", "PATH": PATH["PATH"]}
    told = run(["env", "-0"], cwd=Path("/"), env=given).stdout
    assert sorted(told.split(b"\0")) == sorted([b"", *(f"{name}={value}".encode() for name, value in given.items())])


def test_an_empty_environment_stays_empty() -> None:
    assert run(["/usr/bin/env"], cwd=Path("/"), env={}).stdout == b""


def test_bytes_in_arguments_and_environment_survive() -> None:
    odd = os.fsdecode(b"\xff\xfe")
    told = run(["sh", "-c", 'printf %s "$1$ODD"', "sh", odd], cwd=Path("/"), env={**PATH, "ODD": odd}).stdout
    assert told == b"\xff\xfe\xff\xfe"


def test_it_runs_in_the_folder_and_with_the_umask_asked_for(tmp_path: Path) -> None:
    finished = run(["sh", "-c", "pwd; umask"], cwd=tmp_path, env=PATH, umask=0o027)
    assert finished.stdout.decode().split() == [str(tmp_path), "0027"]


def test_standard_input_larger_than_a_pipe_goes_through_while_output_comes() -> None:
    data = os.urandom(1 << 20)
    assert run(["cat"], cwd=Path("/"), env=PATH, stdin=data).stdout == data


def test_a_program_that_does_not_read_its_input_is_no_trouble() -> None:
    assert run(["true"], cwd=Path("/"), env=PATH, stdin=bytes(1 << 20)).returncode == 0


def test_without_input_reading_ends_at_once() -> None:
    assert sh("cat; echo end").stdout == b"end\n"


def test_both_streams_can_be_flooded_without_a_deadlock_and_without_memory() -> None:
    seen = {"stdout": 0, "stderr": 0}

    def count(stream: str, data: bytes) -> None:
        seen[stream] += len(data)

    finished = sh("head -c 50000000 /dev/zero >&2 & head -c 50000000 /dev/zero; wait", on_output=count, keep=10)
    assert finished == Finished(0, bytes(10), bytes(10), cut=True)
    assert seen == {"stdout": 50_000_000, "stderr": 50_000_000}


def test_output_is_told_while_the_program_runs(tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    os.mkfifo(answer)

    def reply(stream: str, data: bytes) -> None:
        if data == b"ready\n":
            answer.write_text("go\n")

    assert sh(f"echo ready; cat {answer}", on_output=reply).stdout == b"ready\ngo\n"


def test_closed_streams_do_not_count_as_the_end() -> None:
    assert sh("exec >&- 2>&-; sleep 0.2; exit 4").returncode == 4


def test_time_is_up(word: str) -> None:
    finished = sh(f"echo begun; trap '' TERM; sleep {word}", timeout=0.3)
    assert finished == Finished(-signal.SIGKILL, b"begun\n", b"", timed_out=True)
    assert left_running(word) == []


@pytest.mark.parametrize(
    ("argv", "folder", "message"),
    [
        pytest.param(["no-such-program"], "/", "no-such-program cannot be started: No such file", id="missing"),
        pytest.param(["/etc"], "/", "/etc cannot be started: Permission denied", id="a folder"),
        pytest.param(["true"], "/no/such", "true cannot be started in /no/such: No such file", id="no folder"),
        pytest.param(["true", "a\0b"], "/", "true cannot be started: there is a NUL", id="NUL"),
        pytest.param(["true", "x" * (4 << 20)], "/", "true cannot be started: Argument list too long", id="too long"),
    ],
)
def test_what_cannot_be_started_says_why(argv: list[str], folder: str, message: str) -> None:
    with pytest.raises(GuildError, match=message):
        run(argv, cwd=Path(folder), env=PATH)


def test_what_the_listener_raises_ends_the_program_and_comes_out(word: str) -> None:
    def full(stream: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        sh(f"echo x; sleep {word}", on_output=full)
    assert running(word) == []


@pytest.mark.parametrize("script", FORKERS.values(), ids=FORKERS.keys())
def test_nothing_stays_when_the_program_ends(script: str, word: str, tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)

    def let_go(stream: str, data: bytes) -> None:
        wait_until_running(word)
        go.write_text("on\n")

    finished = sh(f"{script.format(word=word)}\n echo forked; read line < {go}; exit 5", on_output=let_go)
    assert (finished, running(word)) == (Finished(5, b"forked\n", b""), [])


@pytest.mark.parametrize("script", FORKERS.values(), ids=FORKERS.keys())
def test_nothing_stays_when_guild_is_killed(
    guild: Callable[[str], subprocess.Popen[str]], script: str, word: str
) -> None:
    process = guild(f"{script.format(word=word)}\n sleep 999")
    wait_until_running(word)
    process.kill()
    assert left_running(word) == []


def test_ctrl_c_ends_the_program_with_its_own_say(
    guild: Callable[[str], subprocess.Popen[str]], word: str, tmp_path: Path
) -> None:
    process = guild(f"trap 'echo cleaned > {tmp_path}/said; exit' INT; sleep {word}")
    wait_until_running(word)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=20)[1] == "interrupted while sh was running, 130\n"
    assert ((tmp_path / "said").read_text(), running(word)) == ("cleaned\n", [])


def test_a_second_ctrl_c_does_not_wait_for_the_deaf(guild: Callable[[str], subprocess.Popen[str]], word: str) -> None:
    process = guild(f"trap '' INT; while true; do sleep {word}; done")
    wait_until_running(word)
    os.killpg(process.pid, signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=3)[1] == "interrupted while sh was running, 130\n"
    assert running(word) == []


def test_the_deaf_are_killed_five_seconds_after_ctrl_c(
    guild: Callable[[str], subprocess.Popen[str]], word: str
) -> None:
    process = guild(f"trap '' INT; while true; do sleep {word}; done")
    wait_until_running(word)
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=9)[1] == "interrupted while sh was running, 130\n"
    assert (4.5 < time.monotonic() - begun < 8, running(word)) == (True, [])


def test_the_program_dies_with_its_supervisor(word: str) -> None:
    with pytest.raises(GuildError, match="sh was lost"):
        sh(f"kill -KILL $PPID; sleep {word}")
    assert left_running(word) == []


def test_runs_in_threads_do_not_hold_each_other_up() -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda number=number: found.append(sh(f"sleep 0.2; echo {number}").stdout))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [b"%d\n" % number for number in range(8)]


def test_no_descriptor_is_left_open() -> None:
    sh("true")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        sh("echo x >&2; exit 1")
    assert len(os.listdir("/proc/self/fd")) == before
