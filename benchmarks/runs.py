"""What a run costs beyond the bare script, what much output costs, and many runs at once (``PEERS=no``: ours alone)."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import GUILDAI, MLFLOW, environment, peer
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_repair import troubles

ROUNDS, PEER_ROUNDS = 7, 3
BOUND = 0.25
MEGABYTES = 200
MANY = 200
GUILD = str(Path(sys.executable).with_name("guild"))
PRINTER = """\
import os
line = b"x" * 99 + b"\\n"
block = line * 10_000
for _ in range({megabytes}): os.write(1, block)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds by the clock, and of all processors together, with all that it started."""

    clock: float
    processors: float


def cost_of(argv: Sequence[str | Path], folder: Path, **more: str) -> Cost:
    """Run a command and say what it took."""
    env = environment(PYTHONPATH=str(folder), **more)
    before, begun = os.times(), time.perf_counter()
    subprocess.run(argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    seconds, after = time.perf_counter() - begun, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, used)


def of_a_run(folder: Path, scratch: Path) -> None:
    """Print what a run of an empty script costs, each way in turn so that all see the same machine."""
    print(f"a run of an empty script, in turn, median of {ROUNDS} (peers: of {PEER_ROUNDS}); processors: the least")
    bare = "the bare script"
    ways: dict[str, Callable[[], Cost]] = {
        bare: lambda: cost_of([sys.executable, "-um", "quick"], folder),
        "guild train": lambda: cost_of([GUILD, "train", "-y"], folder, GUILD_HOME=str(scratch / "guild")),
    }
    if guildai := peer(GUILDAI):
        (scratch / "guildai").mkdir()
        ways[GUILDAI] = lambda: cost_of([guildai, "-H", scratch / "guildai", "run", "quick.py", "-y"], folder)
    if mlflow := peer(MLFLOW):
        own = f"{mlflow.parent}{os.pathsep}{os.environ['PATH']}"
        kept = {"MLFLOW_TRACKING_URI": f"file://{scratch}/mlflow", "MLFLOW_ALLOW_FILE_STORE": "true", "PATH": own}
        ways[f"mlflow run ({MLFLOW})"] = lambda: cost_of([mlflow, "run", ".", "--env-manager=local"], folder, **kept)
    found: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, way in ways.items():
            if number <= PEER_ROUNDS or name in (bare, "guild train"):
                found[name].append(way())
    # the first of each compiles its modules
    clock = {name: statistics.median(one.clock for one in costs[1:]) for name, costs in found.items()}
    for name, costs in found.items():
        more = clock[name] - clock[bare]
        verdict = f"  {'within' if more <= BOUND else 'ABOVE'} the bound of {BOUND} s" if name == "guild train" else ""
        least = min(one.processors for one in costs[1:])
        print(f"  {name:27} {clock[name]:6.3f} s  {more:+.3f} s  {least:6.3f} s of processors{verdict}")


def output(folder: Path, scratch: Path, megabytes: int) -> None:
    """Print what it costs to show and keep much output."""
    (folder / "printer.py").write_text(PRINTER.format(megabytes=megabytes))
    home = str(scratch / "output")
    ways = {"the bare script": [sys.executable, "-um", "printer"], "guild run": [GUILD, "run", "print", "-y"]}
    found = {name: [cost_of(argv, folder, GUILD_HOME=home) for _ in range(3)] for name, argv in ways.items()}
    print(f"a script that prints {megabytes} MB, best of 3")
    for name, costs in found.items():
        kept = ", all of it kept" if name == "guild run" else ""
        clock, processors = min(one.clock for one in costs), min(one.processors for one in costs)
        print(f"  {name:27} {clock:6.2f} s  {processors:6.2f} s of processors{kept}")


def many(folder: Path, home: Path, count: int) -> None:
    """Start many runs at once, each a guild of its own, and check every record."""
    env = environment(GUILD_HOME=str(home))
    begun = time.perf_counter()
    quiet = subprocess.DEVNULL
    started = [subprocess.Popen([GUILD, "train", "-y"], cwd=folder, env=env, stdout=quiet) for _ in range(count)]
    codes = [process.wait() for process in started]
    seconds = time.perf_counter() - begun
    listed = subprocess.run([GUILD, "runs", "--json"], cwd=folder, env=env, capture_output=True, check=True)
    rows = json.loads(listed.stdout)
    parts = ("run.json", "process.json", "exit.json", "attrs.json", "output", "output.index")
    sound = sum(
        row["status"] == "completed" and all(Path(row["run_dir"], part).is_file() for part in parts) for row in rows
    )
    trouble = [*troubles(Runs(home))]
    print(
        f"{count} guilds started at once: {codes.count(0)} ended well, {sound} sound records, "
        f"{len(trouble)} to repair, {seconds:.1f} s ({seconds / count:.3f} s each)"
    )
    if (codes.count(0), len(rows), sound, len(trouble)) != (count, count, count, 0):
        raise SystemExit("a record is missing or not sound")


def main(arguments: list[str] | None = None) -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    parser.add_argument("--many", type=int, default=MANY)
    asked = parser.parse_args([] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="guild-bench-") as name:
        scratch, folder = Path(name), Path(name) / "project"
        folder.mkdir()
        (folder / "quick.py").write_text("pass\n")
        (folder / "guild.yml").write_text("- model: m\n  operations: {train: {main: quick}, print: {main: printer}}\n")
        (folder / "MLproject").write_text("name: m\nentry_points:\n  main: {command: python -um quick}\n")
        of_a_run(folder, scratch)
        output(folder, scratch, asked.megabytes)
        many(folder, scratch / "many", asked.many)


if __name__ == "__main__":
    main(sys.argv[1:])
