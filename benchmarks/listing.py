"""Ten thousand runs listed and filtered, beside guildai 0.9, which gets as many: copies of one that it made itself.

``PEERS=no`` leaves it out.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.peers import GUILDAI, environment, peer
from guildpkg.core.runs.files import to_json
from guildpkg.core.runs.record import ExitRecord, FlagRow, ProcessRecord, RunId, RunRecord
from guildpkg.system.process.alive import this_host, this_process

RUNS = int(os.environ.get("GUILD_BENCH_RUNS", "10000"))
ROUNDS = 5
BOUNDS = {"listed": 0.3, "filtered by status": 1.0}


def make_runs(home: Path) -> None:
    """Write the records of runs, every third of which failed."""
    host, maker = this_host(), this_process()
    for number in range(RUNS):
        created = (1_700_000_000 + 60 * number) * 10**9
        record = RunRecord(
            id=RunId(f"{number:08x}{0:024}"),
            operation="iris:train",
            created=created,
            argv=("python", "-um", "train"),
            cwd="/",
            host=host,
            maker=maker,
            version="1",
            flags=(FlagRow("lr", number / RUNS), FlagRow("epochs", 10)),
        )
        folder = home / "runs" / record.folder
        (folder / "files").mkdir(parents=True)
        (folder / "run.json").write_bytes(to_json(record))
        (folder / "process.json").write_bytes(to_json(ProcessRecord(maker, maker, host, created)))
        (folder / "exit.json").write_bytes(to_json(ExitRecord("exit", int(number % 3 == 0), None, created + 10**9)))


def make_peers_runs(guild: Path, home: Path, count: int = RUNS) -> None:
    """Have guildai make a run, and copy it."""
    project = home / "project"
    project.mkdir(parents=True)
    (project / "train.py").write_text("lr = 0.1\nepochs = 10\nprint('loss: 0.5')\n")
    words = [guild, "-H", home, "run", "train.py", "-y"]
    subprocess.run(words, cwd=project, env=environment(), capture_output=True, check=True)
    (first,) = (home / "runs").iterdir()
    for number in range(1, count):
        run = uuid.uuid4().hex
        shutil.copytree(first / ".guild", home / "runs" / run / ".guild")
        attrs = home / "runs" / run / ".guild" / "attrs"
        (attrs / "id").write_text(run)
        (attrs / "exit_status").write_text(str(int(number % 3 == 0)))


def seconds(*argv: str | Path, **more: str) -> float:
    """Run a command several times, with *more* in its environment, and give the median."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(argv, cwd="/", env=environment(**more), capture_output=True, check=True)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def row(name: str, took: float, bound: float = 0.0) -> None:
    """Print a row of the table."""
    verdict = f"  {'within' if took <= bound else 'ABOVE'} the bound of {bound} s" if bound else ""
    print(f"  {name:36} {took:7.2f} s{verdict}")


def main() -> None:
    """Print the table."""
    print(f"{RUNS:,} runs, median of {ROUNDS}")
    guild = Path(sys.executable).with_name("guild")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        make_runs(home)
        begun = time.perf_counter()
        subprocess.run([guild, "-H", home, "runs"], cwd="/", env=environment(), capture_output=True, check=True)
        row("listed for the first time", time.perf_counter() - begun)
        time.sleep(2.5)  # what has just changed is not remembered
        subprocess.run([guild, "-H", home, "runs"], cwd="/", env=environment(), capture_output=True, check=True)
        row("listed", seconds(guild, "-H", home, "runs"), BOUNDS["listed"])
        row("filtered by status", seconds(guild, "-H", home, "runs", "-s", "error"), BOUNDS["filtered by status"])
        row("filtered by a flag", seconds(guild, "-H", home, "runs", "-F", "lr > 0.5"))
        words = {"_GUILD_COMPLETE": "bash_complete", "COMP_WORDS": f"guild -H {home} runs info", "COMP_CWORD": "5"}
        row("a hundred completed behind runs info", seconds(guild, **words))
        row("guild --help, beside it", seconds(guild, "--help"))
        if other := peer(GUILDAI):
            home = Path(folder, "other")
            make_peers_runs(other, home)
            row(f"{GUILDAI}: the first twenty", seconds(other, "-H", home, "runs"))
            row(f"{GUILDAI}: filtered by status", seconds(other, "-H", home, "runs", "--error"))


if __name__ == "__main__":
    main()
