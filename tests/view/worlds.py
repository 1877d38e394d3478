"""Stores of runs and a view on them: within the process for the API, as a process of its own for the browser."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from guildpkg.core.events import Reporter, silent
from guildpkg.pipeline.view.serve import ViewedRuns
from guildpkg.stores.runs import Runs
from guildpkg.view.app import make_app
from guildpkg.view.feed import Feed
from guildpkg.view.guard import known_hosts

TOKEN = "token-of-the-test"
PROJECT = """\
[project]
  name = MNIST Tutorial
[model "softmax"]
  train = train
[flags]
  log_dir = $RUNDIR
  max_steps = 60
"""
FIELDS = """\
[field "validation-accuracy"]
  @attrs template "validation-accuracy-field"
  source = series/tf/test/accuracy_1
[field "train-accuracy"]
  @attrs template "train-accuracy-field"
  source = series/tf/train/accuracy_1
[field "loss"]
  @attrs template "loss-field"
  source = series/tf/train/cross_entropy_1
[field "steps"]
  @attrs template "steps-field"
  source = series/tf/train/cross_entropy_1
[field "time"]
  @attrs template "time-field"
  source = series/tf/train/cross_entropy_1
"""
CHARTS = """\
[series "accuracy"]
  @attrs template "accuracy-series"
  source = series/tf/.+/accuracy_1
[series "loss"]
  @attrs template "loss-series"
  source = series/tf/train/cross_entropy_1
"""
TRAIN = """\
import argparse, math, os, sys, time
from pathlib import Path
from typing import Any
sys.path.insert(0, os.environ["TESTS_ROOT"])
from tests.support.eventfiles import event, framed, simple
parser = argparse.ArgumentParser()
parser.add_argument("--log_dir", type=Path)
parser.add_argument("--max_steps", type=int)
args = parser.parse_args()
writers = {}
for part in ("train", "test"):
    (args.log_dir / part).mkdir(exist_ok=True)
    writers[part] = (args.log_dir / part / "events.out.tfevents.1.host").open("ab", buffering=0)
begun = time.time()
for step in range(args.max_steps):
    wait = Path(os.environ["HOLD"]) if "HOLD" in os.environ else None
    while wait and step >= int(wait.read_text() or 0):
        time.sleep(0.02)
    part = "test" if step % 10 == 0 else "train"
    good = 1 - math.exp(-step / 20)
    values = simple("accuracy_1", good), simple("cross_entropy_1", 2.3 * (1 - good))
    writers[part].write(framed(event(step, *values, time=begun + step)))
    if part == "test":
        print(f"Accuracy at step {step}: {good:.4f}")
print("done", file=sys.stderr)
"""


def make_project(folder: Path, *, fields: str = FIELDS + CHARTS) -> Path:
    """Write a project like that of the walk-through, with a training that needs no TensorFlow."""
    folder.mkdir(parents=True)
    (folder / "Guild").write_text(PROJECT + fields)
    (folder / "train.py").write_text(TRAIN)
    return folder


def environment(**more: str) -> dict[str, str]:
    """The environment in which such a training runs."""
    return {**os.environ, "TESTS_ROOT": str(Path(__file__).parents[2]), **more}


class Client:
    """Asks an application within this process; what goes wrong in it is an answer of 500."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send a request."""
        # in a thread of its own: Playwright leaves a loop running in that of the tests
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._send(method, path, given)).result()

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Send a request that reads."""
        return self.request("GET", path, **given)

    async def _send(self, method: str, path: str, given: Mapping[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://localhost") as client:
            return await client.request(method, path, **given)


def client_of(home: Path, project: Path | None = None, report: Reporter = silent) -> Client:
    """Ask the view of a store, within this process."""
    data = ViewedRuns(Runs(home), project)
    return Client(make_app(data, Feed(data, 0.05, asyncio.Event()), known_hosts(()), TOKEN, report))


def post(client: Client, path: str, body: Mapping[str, object]) -> dict[str, object]:
    """Change something as the page does; give the answer with its status."""
    headers = {"Origin": "http://localhost", "X-Guild-Token": TOKEN}
    got = client.request("POST", path, json=body, headers=headers)
    answer: dict[str, object] = got.json()
    return {"code": got.status_code, **answer}


@dataclass(frozen=True, slots=True)
class Viewed:
    """A view that runs: its process, its address."""

    process: subprocess.Popen[bytes]
    url: str

    def stop(self) -> int:
        """End it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(10)


@contextmanager
def viewing(cwd: Path, home: Path, *words: str, port: int = 0) -> Iterator[Viewed]:
    """Run ``guild view``."""
    command = [sys.executable, "-m", "guildpkg", "-H", str(home), "view", "--no-open", "--json", "--interval", "0.2"]
    process = subprocess.Popen([*command, "--port", str(port), *words], cwd=cwd, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        told = b""
        while not told.endswith(b"}\n"):
            line = process.stdout.readline()
            assert line, "the view did not begin"
            told += line
        yield Viewed(process, json.loads(told)["url"])
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
