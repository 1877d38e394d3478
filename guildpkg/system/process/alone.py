"""Programs without a supervisor: those that are talked with for long, and those that outlive us.

A supervisor costs time at each start. git is started often and leaves nothing behind, so it gets a warden instead: one
process for all of them, which ends their groups when this process is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from guildpkg.lean import dataclass
from guildpkg.system.signals import ENDING, held_back

_WARDEN: Final = Path(__file__).with_name("warden.sh")


def detach(argv: Sequence[str], *, stdin: bytes) -> Detached:
    """Start a program of ours that outlives this process and its terminal; it reads *stdin* and writes nowhere."""
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True)
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(stdin)
    return Detached(process)


@dataclass(frozen=True, slots=True)
class Detached:
    """A program that was started to go on alone."""

    process: subprocess.Popen[bytes]

    def ended(self) -> bool:
        """Tell whether it has ended already."""
        return self.process.poll() is not None

    def leave(self) -> None:
        """Have nobody complain that it was not waited for."""
        if self.process.returncode is None:
            self.process.returncode = 0


@dataclass(frozen=True, slots=True)
class Piped:
    """A process and its three pipes, for those who talk with it while it runs.

    Attributes:
        pid: Its id; of its group too when it has a session of its own.
        stdin: Where it reads.
        stdout: What it writes.
        stderr: What it complains of.
        process: The handle that waits for it.
    """

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    process: subprocess.Popen[bytes]

    def wait(self) -> int:
        """Give the exit status once it has ended; minus the number of the signal that killed it."""
        return self.process.wait()

    def end(self) -> None:
        """Close the pipes and end it if it still runs."""
        for pipe in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


@contextlib.contextmanager
def piped(argv: Sequence[str], *, env: Mapping[str, str], watched: bool = False) -> Iterator[Piped]:
    """Run a program to talk with; whatever happens in the block, it does not outlive it.

    Args:
        argv: The program and its arguments.
        env: All of its environment.
        watched: True to give it a session, and so a process group, of its own, which ends with the block, or with this
            process if sooner. That costs no time, unlike a supervisor, and holds for what stays in the group only.

    Raises:
        FileNotFoundError: There is no such program.
    """
    warden = _warden() if watched else None
    program = None
    try:
        with _undisturbed():
            program = _start(argv, env, session=watched)
            if warden:
                _tell(warden, b"+%d\n" % program.pid)
        yield program
    finally:
        if program:
            program.end()
        if program and warden:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            _tell(warden, b"-%d\n" % program.pid)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off what would end this process while a program is born of which nobody knows yet.

    Not by a signal mask, which the program would inherit; what is ignored stays so.
    """
    if threading.current_thread() is not threading.main_thread():  # no other has a say in this, or is interrupted
        yield
        return
    came: list[int] = []
    before: dict[signal.Signals, Any] = {}
    try:
        # none comes between the handlers of several: its own may raise, and leave the others as they were
        with held_back():
            for number in ENDING:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    before[number] = signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        with held_back():
            for number, handler in before.items():
                signal.signal(number, handler)
            for missed in came:
                signal.raise_signal(missed)


def _start(argv: Sequence[str], env: Mapping[str, str], *, session: bool) -> Piped:
    pipe = subprocess.PIPE
    process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(env), start_new_session=session)
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("all three were asked for")
    return Piped(process.pid, process.stdin, process.stdout, process.stderr, process)


@cache
def _warden() -> subprocess.Popen[bytes]:
    """Start the one warden of this process."""
    nothing = subprocess.DEVNULL
    argv = ["/bin/sh", str(_WARDEN)]
    warden = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True)
    atexit.register(warden.communicate)
    return warden


def _tell(warden: subprocess.Popen[bytes], line: bytes) -> None:
    if warden.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            os.write(warden.stdin.fileno(), line)
