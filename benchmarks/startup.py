"""What `guild --version` and `guild --help` cost beyond the bare interpreter of the environment."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 21
BOUND = 60.0


def measure(argv: list[str]) -> float:
    """Run a command many times and give the median, in milliseconds."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=True)  # compiles what is not compiled yet
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    bare = measure([sys.executable, "-c", "pass"])
    guild = str(Path(sys.executable).with_name("guild"))
    print(f"start-up, median of {ROUNDS} runs")
    print(f"  {'python -c pass':18} {bare:6.1f} ms")
    for option in ("--version", "--help"):
        ours = measure([guild, option])
        verdict = "within" if ours - bare <= BOUND else "ABOVE"
        print(f"  {'guild ' + option:18} {ours:6.1f} ms  {ours - bare:+.1f} ms, {verdict} the bound of {BOUND:.0f} ms")


if __name__ == "__main__":
    main()
