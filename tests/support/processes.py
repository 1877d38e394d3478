"""Look at real processes: who runs, by a word on its command line."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def running(word: str) -> list[int]:
    """Find the processes, this one aside, with *word* among their arguments; zombies have none."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def wait_until_running(word: str, seconds: float = 10) -> None:
    """Wait for the first process with that word."""
    deadline = time.monotonic() + seconds
    while not running(word):
        assert time.monotonic() < deadline, f"no process with {word} came up"
        time.sleep(0.01)


def left_running(word: str, seconds: float = 5) -> list[int]:
    """Give the processes with that word that do not go away in time."""
    deadline = time.monotonic() + seconds
    while (found := running(word)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def interpreter_below(folder: Path) -> str:
    """Name what the sandbox has to show in *folder* because the interpreter lies below it; empty for nothing."""
    homes = [Path(home) for home in (sys.prefix, sys.base_prefix) if Path(home).is_relative_to(folder)]
    return "".join(f"{name}\n" for name in sorted({home.relative_to(folder).parts[0] for home in homes}))
