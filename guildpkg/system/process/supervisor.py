"""The process between guild and a command: it ends the command, and all that came of it, when guild is gone.

Never imported: ``system/process/start.py`` starts this file with the bare interpreter (``python -I -S``), so it imports
little. It is told what to run over a socket, which is a lifeline as well: when guild ends, however it ends, the socket
closes. On Linux it is the "child subreaper" of the command, so that daemons with sessions of their own come back to
it and are ended too.

In, on the socket whose number is the only argument: the length of the job in decimal and a newline; the job, which is
NUL-separated: folder, umask or empty, a file to touch when all is over or empty, number of arguments, the arguments,
``NAME=VALUE`` of the environment; after that one byte per signal to pass on. Out, a line each: ``pid N`` or
``fail exec|chdir ERRNO``; then ``exit N``, negative for a signal, once nothing is left running.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` wraps: without enum, half of the start-up time
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

KILL = 9
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GIVE_UP = 10.0
"""Seconds after which a process that SIGKILL does not end is left alone: it hangs in the kernel."""
POLL = 20
"""Milliseconds between two looks at the command, where the system cannot wake us."""


def main(control: int) -> int:
    """Run the job that comes in on *control*."""
    os.set_inheritable(control, False)
    job = _receive(control)
    if job is None:
        return 1
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    pid, trouble = _start(job, control)
    if trouble:
        _unless_gone(os.write, control, b"fail %s\n" % trouble)
        return 1
    _let_go_of_streams()
    status = _watch(control, pid)
    _sweep(pid)
    if touch := job[2]:
        _unless_gone(os.utime, touch)
    _unless_gone(os.write, control, b"exit %d\n" % status)
    return 0


def _receive(control: int) -> list[bytes] | None:
    """Read the job; None when guild is gone before it has told."""
    head = b""
    while not head.endswith(b"\n"):
        byte = os.read(control, 1)
        if not byte:
            return None
        head += byte
    parts: list[bytes] = []
    missing = int(head)
    while missing:
        part = os.read(control, min(missing, 1 << 16))
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts).split(b"\0")


def _start(job: list[bytes], control: int) -> tuple[int, bytes]:
    """Start the command; give its process id, and ``STEP ERRNO`` when that failed."""
    told, tell = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            # told before anything runs: guild has to know whom to kill even if this process is killed at once
            _unless_gone(os.write, control, b"pid %d\n" % os.getpid())
            _become(job, parent, tell)
        finally:
            os._exit(127)
    os.close(tell)
    trouble = os.read(told, 100)
    os.close(told)
    if trouble:
        os.waitpid(pid, 0)
    return pid, trouble


def _become(job: list[bytes], parent: int, tell: int) -> None:
    """Turn this process into the command; write to *tell* what fails."""
    folder, umask, _, count, *rest = job
    arguments, pairs = rest[: int(count)], rest[int(count) :]
    _prctl(PR_SET_PDEATHSIG, KILL)
    if os.getppid() != parent:
        return
    for number in (_signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
    if umask:
        os.umask(int(umask))
    step = b"chdir"
    try:
        os.chdir(folder)
        step = b"exec"
        os.execvpe(arguments[0], arguments, dict(pair.split(b"=", 1) for pair in pairs))  # noqa: S606 - argv only
    except OSError as error:
        os.write(tell, b"%s %d" % (step, error.errno or 0))


def _let_go_of_streams() -> None:
    """Keep none of the command's streams: their end is to be the end of the command's output."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def _watch(control: int, pid: int) -> int:
    """Wait for the end of the command, pass signals on, and kill everything when guild is gone."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    try:
        poll.register(os.pidfd_open(pid), select.POLLIN)
        pause = None
    except (AttributeError, OSError):
        pause = POLL
    killing = False
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(pause)}
        if control in ready and not killing:
            orders = _unless_gone(os.read, control, 64) or bytes([KILL])
            killing = KILL in orders
            for number in orders:
                _unless_gone(os.killpg, pid, number)
        if killing:
            _kill_all(pid)
            poll.modify(control, 0)
            pause = POLL
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)


def _sweep(pid: int) -> None:
    """End every process that came of the command *pid*, which has ended, and wait for them."""
    deadline = time.monotonic() + GIVE_UP
    while _reap() and time.monotonic() < deadline:
        _kill_all(pid)
        time.sleep(0.002)


def _reap() -> bool:
    """Collect the children that have ended; tell whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _kill_all(pid: int) -> None:
    """Kill the processes below this one; where there is no /proc to find them, the group of the command."""
    below = _children()
    if not below:
        _unless_gone(os.killpg, pid, KILL)
    found = below.get(os.getpid(), [])
    for victim in found:
        found.extend(below.get(victim, []))
        _unless_gone(os.kill, victim, KILL)


def _children() -> dict[int, list[int]]:
    """Find the children of every process that has some."""
    below: dict[int, list[int]] = {}
    for name in _unless_gone(os.listdir, "/proc") or ():
        stat = _unless_gone(_read, f"/proc/{name}/stat") if name.isdigit() else None
        if stat:
            # the name of the program, in parentheses, may hold anything
            parent = int(stat.rpartition(b")")[2].split()[1])
            below.setdefault(parent, []).append(int(name))
    return below


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than all the rest
        return file.read()


def _prctl(option: int, value: int) -> None:
    """Call Linux's prctl(2); elsewhere, do without."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _unless_gone(function: Callable[..., T], *arguments: object) -> T | None:
    """Call a function of the system; None when what it is about is no longer there."""
    try:
        return function(*arguments)
    except OSError:
        return None


if __name__ == "__main__":
    os._exit(main(int(sys.argv[1])))  # nothing is left to be written, and an interpreter takes its time to end
