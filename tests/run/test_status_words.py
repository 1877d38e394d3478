"""What ended a run, told from outside by real ends: memory, signals to guild, kills at any moment."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_repair import repair, troubles
from tests.support.processes import left_running
from tests.support.runs import guild_running, kill, only_run, run_here, status_in_the_end, wait_for_text

LIMIT = 64 << 20
EATER = """
import os
open({tasks!r}, "w").write(str(os.getpid()))
print("in", flush=True)
kept = []
while True:
    kept.append(b"x" * (8 << 20))
"""


@pytest.fixture
def small_memory() -> Iterator[Path]:
    """A control group whose processes have 64 MiB."""
    for root, limit in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        group = Path("/sys/fs/cgroup", root, f"guildpkg-test-{secrets.token_hex(4)}")
        with contextlib.suppress(OSError):
            group.mkdir()
            try:
                (group / limit).write_text(str(LIMIT))
                yield group
                return
            finally:
                group.rmdir()
    pytest.skip("there is no control group for memory that may be written to")


def test_a_run_that_wants_more_memory_than_there_is(tmp_path: Path, small_memory: Path) -> None:
    ended, run, heard = run_here(tmp_path, EATER.format(tasks=str(small_memory / "cgroup.procs")))
    assert heard.output("stdout") == b"in\n"
    assert (str(ended.status), str(run.status(0)), ended.code) == ("killed (out of memory)",) * 2 + (137,)


def test_a_guild_that_is_told_to_stop_stops_its_run(tmp_path: Path) -> None:
    guild = guild_running(tmp_path, "import time; print('ready'); time.sleep(1000)")
    wait_for_text(guild, b"ready\n")
    guild.terminate()
    guild.communicate()
    assert str(only_run(tmp_path).status(0)) == "terminated (by signal to guild)"


KILLS = int(os.environ.get("GUILD_TEST_MOMENTS", "9"))
STEPS = """
import subprocess, time
for n in range(10):
    print(n)
    time.sleep(0.02)
subprocess.run(["sleep", {word!r}])
"""


@pytest.mark.parametrize("whom", ["guild", "script", "both"])
def test_a_kill_at_any_moment_shows_in_the_status_and_leaves_nothing_running(tmp_path: Path, whom: str) -> None:
    seed = int(os.environ.get("GUILD_TEST_SEED", secrets.randbelow(1 << 32)))
    chance = random.Random(f"{seed} {whom}")
    for number in range(KILLS // 3):
        word = f"0.1{secrets.randbelow(10**9):09}"
        home, moment = tmp_path / str(number), 0.9 * (number + chance.random()) / (KILLS / 3)
        told = f"{whom} after {moment:.3f} s, GUILD_TEST_SEED={seed}"
        guild = guild_running(home, STEPS.format(word=word))
        time.sleep(moment)
        _kill(guild.pid, home, whom)
        guild.communicate()
        assert left_running(word) == [], told
        for run in Runs(home).all():
            status = str(status_in_the_end(run))
            wanted = {"completed"} | ({"killed (SIGKILL)"} if whom != "guild" else set())
            assert status in wanted | ({"killed (guild was killed)"} if whom != "script" else set()), told
            output = (run.path / "output").read_bytes() if (run.path / "output").exists() else b""
            assert "".join(f"{n}\n" for n in range(10)).encode().startswith(output), told
            assert repair(Runs(home)).left == (), told
            assert str(run.status(0)) == status, told
        repair(Runs(home))  # it may have been killed before there was a run
        assert list(troubles(Runs(home))) == [], told


def _kill(guild: int, home: Path, whom: str) -> None:
    runs = Runs(home).all()
    process = runs[0].process() if runs else None
    with contextlib.suppress(ProcessLookupError):
        if whom != "script":
            kill(guild, signal.SIGKILL)
        if whom != "guild" and process and process.child.pid:
            kill(process.child.pid, signal.SIGKILL)
