"""What a run costs beyond the bare script, what much output costs, and many runs at once."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
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


def timed(argv: list[str], folder: Path, home: Path) -> float:
    """Run a command and give the seconds it took."""
    env = {**os.environ, "GUILD_HOME": str(home), "PYTHONPATH": str(folder)}
    begun = time.perf_counter()
    subprocess.run(argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def cost(folder: Path, home: Path, peer: str | None) -> None:
    """Print what a run of an empty script costs, each way in turn so that all see the same machine."""
    ways = {"the bare script": [sys.executable, "-um", "quick"], "guild train": [GUILD, "train", "-y"]}
    if peer:
        ways["guildai 0.9"] = [peer, "run", "quick.py", "-y"]
    for argv in ways.values():
        timed(argv, folder, home / Path(argv[0]).parts[-1])
    times = {name: [] for name in ways}  # type: dict[str, list[float]]
    for _ in range(ROUNDS):
        for name, argv in ways.items():
            times[name].append(timed(argv, folder, home / Path(argv[0]).parts[-1]))
    bare = statistics.median(times["the bare script"])
    print(f"a run of an empty script, median of {ROUNDS}, in turn")
    for name, found in times.items():
        more = statistics.median(found) - bare
        verdict = ("within" if more <= BOUND else "ABOVE") + f" the bound of {BOUND} s" if name == "guild train" else ""
        print(f"  {name:16} {statistics.median(found):6.3f} s  {more:+.3f} s  {verdict}".rstrip())
    if not peer:
        print("  guildai 0.9: not measured (name its command with --peer)")


def output(folder: Path, home: Path, megabytes: int) -> None:
    """Print what it costs to show and keep much output."""
    (folder / "printer.py").write_text(PRINTER.format(megabytes=megabytes))
    bare = min(timed([sys.executable, "-um", "printer"], folder, home) for _ in range(3))
    ours = min(timed([GUILD, "run", "print", "-y"], folder, home) for _ in range(3))
    print(f"a script that prints {megabytes} MB, best of 3")
    print(f"  {'the bare script':16} {bare:6.2f} s\n  {'guild run':16} {ours:6.2f} s, all of it kept")


def many(folder: Path, home: Path, count: int) -> None:
    """Start many runs at once, each a guild of its own, and check every record."""
    env = {**os.environ, "GUILD_HOME": str(home)}
    begun = time.perf_counter()
    quiet = subprocess.DEVNULL
    started = [subprocess.Popen([GUILD, "train", "-y"], cwd=folder, env=env, stdout=quiet) for _ in range(count)]
    codes = [process.wait() for process in started]
    seconds = time.perf_counter() - begun
    listed = subprocess.run([GUILD, "runs", "--json"], cwd=folder, env=env, capture_output=True, check=True)
    rows = json.loads(listed.stdout)
    sound = sum(row["status"] == "completed" and Path(row["run_dir"], "exit.json").is_file() for row in rows)
    print(f"{count} guilds started at once: {codes.count(0)} ended well, {sound} sound records, {seconds:.1f} s")
    if (len(rows), sound) != (count, count):
        raise SystemExit("a record is missing or not sound")


def main(arguments: list[str] | None = None) -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default=shutil.which("guild-0.9"), help="the command of guildai 0.9")
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    parser.add_argument("--many", type=int, default=MANY)
    asked = parser.parse_args([] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="guild-bench-") as name:
        folder = Path(name) / "project"
        folder.mkdir()
        (folder / "quick.py").write_text("pass\n")
        (folder / "guild.yml").write_text("- model: m\n  operations: {train: {main: quick}, print: {main: printer}}\n")
        cost(folder, Path(name), asked.peer)
        output(folder, Path(name) / "output", asked.megabytes)
        many(folder, Path(name) / "many", asked.many)


if __name__ == "__main__":
    main(sys.argv[1:])
