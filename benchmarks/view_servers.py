"""The servers that the view is measured against, and ours: each started on a free port, with its memory."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks.peers import environment

TENSORFLOW = Path(os.environ.get("TF_PYTHON", Path(__file__).parents[1] / ".venv-tensorflow/bin/python"))
LAST = 0.5
"""The last value of the series."""
PATIENCE = 120
"""Seconds that a peer has for its first chart."""


def memory(pid: int, line: str = "VmHWM") -> float:
    """Give the memory of a process and its children in MB: the most it had (VmHWM) or what it has (VmRSS)."""
    total = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # threads and children come and go
            for child in (task / "children").read_text().split():
                total += memory(int(child), line)
    status = Path(f"/proc/{pid}/status").read_text()
    return total + next(int(row.split()[1]) / 1024 for row in status.splitlines() if row.startswith(line))


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its process, its address, when it was started."""

    process: subprocess.Popen[bytes]
    url: str
    begun: float

    def get(self, path: str) -> tuple[float, httpx.Response]:
        """Ask for something; give the seconds that it took."""
        begun = time.perf_counter()
        got = httpx.get(self.url + path, timeout=300)
        return time.perf_counter() - begun, got


@contextlib.contextmanager
def ours(home: Path) -> Iterator[Server]:
    """Run ``guild view``."""
    command = [sys.executable, "-m", "guildpkg", "-H", str(home), "view", "--all", "--port", "0", "--no-open", "--json"]
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=home, env=environment()
    ) as process:
        assert process.stdout is not None
        told = b""
        while not told.endswith(b"}\n"):
            told += process.stdout.readline()
        try:
            yield Server(process, json.loads(told)["url"], begun)
        finally:
            process.terminate()


def tensorboard(logdir: Path, *, fast: bool) -> contextlib.AbstractContextManager[Server]:
    """Run TensorBoard, with or without its loader in Rust."""
    loader = f"--load_fast={'true' if fast else 'false'}"
    command = [TENSORFLOW, "-m", "tensorboard.main", "--logdir", logdir, loader, "--samples_per_plugin", "scalars=1000"]
    return _running(command, logdir)


@contextlib.contextmanager
def guildai(command: Path, home: Path) -> Iterator[Server]:
    """Run the view of guildai, until it answers."""
    with _running([command, "-H", home, "view", "--no-open"], home) as server:
        while time.perf_counter() - server.begun < PATIENCE:
            with contextlib.suppress(httpx.HTTPError):
                server.get("/config")
                break
            time.sleep(0.05)
        yield server


@contextlib.contextmanager
def _running(command: Sequence[str | Path], cwd: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun, nowhere = time.perf_counter(), subprocess.DEVNULL
    words = [*command, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(words, cwd=cwd, env=environment(), stdout=nowhere, stderr=nowhere) as process:
        try:
            yield Server(process, f"http://127.0.0.1:{port}", begun)
        finally:
            process.terminate()


def first_points(server: Server, path: str) -> tuple[float, str]:
    """Wait until a TensorBoard gives the last point of a series; *path* is that of the series, RUN its only run."""
    head = path.partition("data/")[0]
    while time.perf_counter() - server.begun < PATIENCE:
        with contextlib.suppress(httpx.HTTPError, ValueError, StopIteration):
            if head != "/":  # it begins when its page is opened
                server.get(head)
            run = next(iter(server.get(f"{head}data/runs")[1].json()))
            points = server.get(path.replace("RUN", quote(run)))[1].json()
            if points[-1][2] == LAST:
                return time.perf_counter() - server.begun, f"{memory(server.process.pid):.0f} MB at most"
        time.sleep(0.05)
    return float("nan"), f"no answer within {PATIENCE} s, {memory(server.process.pid):.0f} MB at most"
