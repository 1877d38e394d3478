"""SIGKILL at every single operation on the disk: a child does the work and ends itself before operation N.

No cleanup code runs, as the kernel ends the child at once. Operations are counted by Python's audit events, which every
change of a name, mode or time raises, and by `os.write` and `os.fsync`. Children are forked, so that thousands of them
are cheap: whoever calls this must have no threads.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

CHANGES = frozenset(
    {"os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.utime", "os.truncate"}
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class _Counter:
    """Counts operations in this process, and ends it before one of them."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last

    def start(self) -> None:
        sys.addaudithook(self._hear)
        write, fsync = os.write, os.fsync

        def counted_write(handle: int, data: Any) -> int:
            self.tick()
            return write(handle, data)

        def counted_fsync(fd: Any) -> None:
            self.tick()
            fsync(fd)

        os.write, os.fsync = counted_write, counted_fsync

    def tick(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES):
            self.tick()


def count_points(act: Callable[[], object]) -> int:
    """Let a child do all of it, and count its operations."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        _work(act, _Counter(0), send)
    os.close(send)
    with os.fdopen(receive) as told:
        count = int(told.read() or -1)
    os.waitpid(child, 0)
    assert count >= 0, "the child failed"
    return count


def killed_at(act: Callable[[], object], point: int) -> bool:
    """Let a child do it until it is killed before an operation; False when it came to its end before that."""
    child = os.fork()
    if not child:
        _work(act, _Counter(point), None)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"the child ended with {code}"
    return code != 0


def lasts(act: Callable[[], object]) -> float:
    """Let a child do all of it, and say how many seconds that takes."""
    begun = time.monotonic()
    assert not killed_after(act, 600)
    return time.monotonic() - begun


def killed_after(act: Callable[[], object], seconds: float) -> bool:
    """Let a child do it until it is killed in the midst of whatever it does; False when it was done before that.

    Unlike `killed_at` this also ends what libraries do that no audit event tells of: SQLite, git, python-tuf.
    """
    child = os.fork()
    if not child:
        _work(act, None, None)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return False
        time.sleep(0.0002)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def _work(act: Callable[[], object], counter: _Counter | None, send: int | None) -> NoReturn:
    code = 9
    try:
        if counter is not None:
            counter.start()
        act()
        if counter is not None and send is not None:
            os.write(send, str(counter.count).encode())
        code = 0
    finally:
        os._exit(code)
