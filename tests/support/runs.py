"""Runs of small scripts, in this process or in a guild of their own that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from guildpkg.core.events import Event, Output, Warn
from guildpkg.core.runs.record import Host, Process, RunId, RunRecord
from guildpkg.core.runs.spec import RunSpec
from guildpkg.core.runs.status import Status
from guildpkg.run.launch import Ended, Options, launch
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

GUILD = """
import os, sys, time
from pathlib import Path
from guildpkg.core.events import Output
from guildpkg.core.runs.spec import RunSpec
from guildpkg.run.brake import Brake
from guildpkg.core.runs.status import Status
from guildpkg.run.launch import Options, launch
from guildpkg.stores.runs import Runs

def tell(event):
    if isinstance(event, Output):
        os.write(1, event.data)

spec = RunSpec(operation="m:train", argv=tuple(sys.argv[2:]), base_env=dict(os.environ), stats_interval=0)
ended = launch(spec, Runs(Path(sys.argv[1])), tell, Options(brake=Brake(polite=float(os.environ.get("POLITE", "30")))))
sys.exit(ended.code)
"""


@dataclass(slots=True)
class Heard:
    """What a run reported."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def warnings(self) -> list[str]:
        """The texts of the warnings."""
        return [event.text for event in self.events if isinstance(event, Warn)]

    def output(self, stream: str) -> bytes:
        """All bytes of a stream."""
        return b"".join(e.data for e in self.events if isinstance(e, Output) and e.stream == stream)


def spec_of(*argv: str, **more: object) -> RunSpec:
    """What is to be run, in the environment of the tests and without statistics."""
    values = {"base_env": dict(os.environ), "stats_interval": 0.0, **more}
    return RunSpec(operation="m:train", argv=argv, **values)  # type: ignore[arg-type]


def python(code: str) -> tuple[str, ...]:
    """The command that runs Python code, unbuffered."""
    return (sys.executable, "-u", "-c", code)


def run_here(home: Path, code: str, options: Options | None = None, **more: object) -> tuple[Ended, Run, Heard]:
    """Run Python code to its end."""
    heard = Heard()
    ended = launch(spec_of(*python(code), **more), Runs(home), heard, options)
    return ended, Run(ended.path), heard


def guild_running(home: Path, code: str, **env: str) -> subprocess.Popen[bytes]:
    """Start a guild, in a process group of its own as a shell would, that runs Python code."""
    command = [sys.executable, "-c", GUILD, str(home), *python(code)]
    environment = {**os.environ, **env}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, process_group=0)


def wait_for_text(process: subprocess.Popen[bytes], text: bytes) -> None:
    """Read what a guild shows until there is a text."""
    seen = b""
    assert process.stdout is not None
    while text not in seen:
        chunk = os.read(process.stdout.fileno(), 1000)
        assert chunk, seen
        seen += chunk


def only_run(home: Path, *, started: bool = True, seconds: float = 10) -> Run:
    """Wait for the one run of a store, and for its process."""
    deadline = time.monotonic() + seconds
    while True:
        runs = Runs(home).all()
        process = runs[0].process() if runs else None
        if runs and (not started or (process and process.child.pid)):
            return runs[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def status_in_the_end(run: Run, seconds: float = 10) -> Status:
    """Wait until nothing of a run lives any more."""
    deadline = time.monotonic() + seconds
    while not (status := run.status(time.time_ns())).over:
        assert time.monotonic() < deadline, status
        time.sleep(0.01)
    return status


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal."""
    os.kill(pid, number)


def record(run: str = "1a2b3c4d" * 4, **more: object) -> RunRecord:
    """Make a record of a run that was never started."""
    values = {"host": Host("here", "boot", "me"), "maker": Process(1, 1), **more}
    base = {"operation": "m:train", "created": 1520503872 * 10**9, "argv": ("true",), "cwd": "/", "version": "1"}
    return RunRecord(id=RunId(run), **{**base, **values})  # type: ignore[arg-type]
