"""The only gate to other programs: argv and never a shell, both streams as they come, nothing left running.

In: an argument list, a folder, the exact environment. Out: how it ended and, within a limit, what it wrote.

Between guild and the program stands ``system/process/supervisor.py``, a small process that costs some 25 ms. The
program gets a session of its own, so a terminal's Ctrl-C reaches guild alone, which passes it on. When the program
ends, or guild ends in whatever way, SIGKILL included, the supervisor kills everything that came of the program.

What cannot be promised without a sandbox: a program that kills the supervisor (it has the user's rights) dies with it,
yet what it had started in other sessions lives on; so do set-user-id programs, and, where there is no /proc (macOS),
daemons that left their session.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guildpkg.errors import Interrupted
from guildpkg.lean import dataclass
from guildpkg.system.process.child import CHUNK, Child, Flow, Listener, converse
from guildpkg.system.process.protocol import job_of, read_end

if TYPE_CHECKING:
    import socket

KEEP: Final = 64 << 20
"""Bytes of each stream that are kept unless the caller says otherwise."""
_SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended.

    Attributes:
        returncode: Its exit status; the negative number of the signal that ended it.
        stdout: The first bytes, as many as were to be kept, that it wrote to its standard output.
        stderr: The same of its standard error.
        cut: True when it wrote more than was kept.
        timed_out: True when it was killed because its time was up.
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    cut: bool = False
    timed_out: bool = False


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float | None = None,
    on_output: Listener | None = None,
    keep: int = KEEP,
    umask: int | None = None,
    touch: Path | None = None,
) -> Finished:
    """Run a program to its end.

    Args:
        argv: The program, looked up in the PATH of *env*, and its arguments.
        cwd: The folder it runs in.
        env: Its whole environment; None for that of this process.
        stdin: What it can read; nothing by default.
        timeout: Seconds after which it is killed; None for no limit.
        on_output: Told of each chunk at once. What it raises ends the program and comes out of here.
        keep: Most bytes of each stream that are kept; the rest goes to *on_output* only.
        umask: The program's umask; None for that of this process.
        touch: A file whose time stamp is renewed when nothing of the program runs any more, also if this process has
            been killed by then.

    Returns:
        How it ended, also when it failed.

    Raises:
        GuildError: It cannot be started.
        Interrupted: The user pressed Ctrl-C. The program got SIGINT, and after `GRACE` seconds or a second Ctrl-C
            SIGKILL; nothing of it is left.
    """
    words = [os.fspath(word) for word in argv]
    job = job_of(words, cwd, env, umask, touch)
    deadline = float("inf") if timeout is None else time.monotonic() + timeout
    try:
        with _supervised(job, stdin, Flow(keep, on_output)) as child:
            in_time = converse(child, deadline)
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted while {Path(words[0]).name} was running") from None
    return Finished(
        returncode=read_end(child.told, words[0], cwd),
        stdout=bytes(child.flow.kept["stdout"]),
        stderr=bytes(child.flow.kept["stderr"]),
        cut=child.flow.cut,
        timed_out=not in_time,
    )


@contextlib.contextmanager
def started(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], flow: Flow, supervisor: Standby | None = None
) -> Iterator[Child]:
    """Run a program that the caller moves along with `guildpkg.system.process.child.move` and stops with `Child.order`.

    Whatever happens, nothing of it runs any more when the block is left; see `protocol.returncode` for how it ended.

    Args:
        argv: The program, looked up in the PATH of *env*, and its arguments.
        cwd: The folder it runs in.
        env: Its whole environment.
        flow: Where its output goes.
        supervisor: One that was started before, from `standby`; it ends with the block. None for a new one.

    Raises:
        GuildError: There is a NUL character in an argument or in the environment.
    """
    job = job_of(list(argv), cwd, env)
    with contextlib.nullcontext(supervisor) if supervisor else standby() as waiting:
        try:
            yield _begun(waiting, job, b"", flow)
        finally:
            waiting.end()


@dataclass(frozen=True, slots=True)
class Standby:
    """A supervisor that has no program yet.

    Attributes:
        control: The socket to it.
        selector: What to wait for.
        process: The supervisor itself.
    """

    control: socket.socket
    selector: selectors.BaseSelector
    process: subprocess.Popen[bytes]

    def end(self) -> None:
        """End it and all of its program; another time does nothing."""
        # left from the last: the end of the socket makes the supervisor kill what is left, which Popen waits for
        with self.selector, self.process, self.control:
            pass


@contextlib.contextmanager
def standby(*, feed: bool = False) -> Iterator[Standby]:
    """Have a supervisor start while there is other work to do; it ends with the block, and all of its program then."""
    import socket  # what only talks with git starts some milliseconds earlier without

    ours, theirs = socket.socketpair()
    with ours, theirs, selectors.DefaultSelector() as selector, _popen(theirs, feed=feed) as process:
        theirs.close()
        supervisor = Standby(ours, selector, process)
        try:
            yield supervisor
        finally:
            supervisor.end()


@contextlib.contextmanager
def _supervised(job: bytes, stdin: bytes, flow: Flow) -> Iterator[Child]:
    """Start a job; whatever happens, nothing of it runs any more when the block is left."""
    with standby(feed=bool(stdin)) as supervisor:
        yield _begun(supervisor, job, stdin, flow)


def _begun(supervisor: Standby, job: bytes, stdin: bytes, flow: Flow) -> Child:
    """Give a supervisor its job."""
    child = Child(supervisor.control, supervisor.selector, flow)
    _connect(child, supervisor.process, stdin)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        supervisor.control.sendall(job)
    return child


def _popen(lifeline: socket.socket, *, feed: bool) -> subprocess.Popen[bytes]:
    """Start a supervisor, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", _SUPERVISOR, str(lifeline.fileno())],
        stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=[lifeline.fileno()],
        start_new_session=True,
    )


def _connect(child: Child, process: subprocess.Popen[bytes], stdin: bytes) -> None:
    """Have everything that moves wake us."""
    reading, writing = selectors.EVENT_READ, selectors.EVENT_WRITE
    child.selector.register(child.control, reading, child.hear)
    for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
        if stream is not None:
            # the more a pipe holds, the less a program that says much has to wait for us
            with contextlib.suppress(OSError, AttributeError):
                fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, CHUNK)
            child.selector.register(stream.fileno(), reading, partial(child.read, name, stream.fileno()))
    if process.stdin is not None:
        os.set_blocking(process.stdin.fileno(), False)
        child.unsent = memoryview(stdin)
        child.selector.register(process.stdin, writing, partial(child.write, process.stdin))
