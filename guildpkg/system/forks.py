"""Work divided among copies of this process, one per core, where the interpreter's lock would keep threads waiting.

The copies are forked, so that they know all that is known here, and nothing has to be sent to them but numbers. They
end with this process, however it ends: Linux kills them. A lock that it holds on a file (`system.disk.locked`) is
theirs as well, so that nobody else gets it before the last of them is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn

from guildpkg.system.signals import ENDING, held_back

MOST_ITEMS: Final = 8192
"""Most items: their numbers have to fit into a pipe, whose 64 KiB nobody empties while it is filled."""

_PATIENCE: Final = 100
"""Milliseconds to wait for threads that are ending."""

_NUMBER: Final = 4
_FAILED: Final = b"\xff" * _NUMBER
_PR_SET_PDEATHSIG: Final = 1


def cores() -> int:
    """Say how many cores this process may use; 1 where it cannot be divided: elsewhere than on Linux, or in threads."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and _alone() else 1


def _alone() -> bool:
    """Tell whether there is one thread only, those counted that Python knows nothing of."""
    for _ in range(_PATIENCE):
        if len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208 - only the number counts
            return True
        if threading.active_count() > 1:
            return False
        time.sleep(0.001)  # one that was joined is over for Python a moment before it is for the system
    return False


def divided(work: Callable[[int], None], items: int, workers: int, done: Callable[[int], None]) -> bool:
    """Do ``work(0)`` to ``work(items - 1)`` in copies of this process; each takes the next when it is through with one.

    Call it where no other thread lives, see `cores`. When it returns or raises, none of the copies is left.

    Args:
        work: What it changes in memory is lost; only what it does to files stays.
        items: How many, at most `MOST_ITEMS`.
        workers: How many copies.
        done: Called here after each item, with its number.

    Returns:
        False when one of the copies failed or was killed; some of the work is not done then.
    """
    queue, fill = os.pipe()
    os.write(fill, b"".join(number.to_bytes(_NUMBER, "little") for number in range(items)))
    os.close(fill)
    news, tell = os.pipe()
    copies: list[int] = []
    try:
        try:
            for _ in range(workers):
                _fork(work, queue, tell, copies)
        finally:
            os.close(tell)
            os.close(queue)
        left = items
        # so few bytes are written and read all at once; the pipe ends when the last copy is gone
        while (told := os.read(news, _NUMBER)) and told != _FAILED:
            left -= 1
            done(int.from_bytes(told, "little"))
        return left == 0
    finally:
        _end(copies)
        os.close(news)


def _fork(work: Callable[[int], None], queue: int, tell: int, copies: list[int]) -> None:
    parent = os.getpid()
    with held_back():  # no Ctrl-C between the birth of a copy and its entry in the list
        pid = os.fork()
        if pid:
            copies.append(pid)
            return
        _live(work, queue, tell, parent)


def _live(work: Callable[[int], None], queue: int, tell: int, parent: int) -> NoReturn:
    """Be the copy: it never returns, runs no cleanup of its parent and writes nothing but what *work* writes."""
    code = 1
    try:
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        gc.freeze()  # looking at all that the parent made would copy it
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == parent:  # else it died before that call
            while taken := os.read(queue, _NUMBER):
                work(int.from_bytes(taken, "little"))
                os.write(tell, taken)
            code = 0
    except BaseException:  # whatever it is, it must not go up into the code of the parent
        with contextlib.suppress(OSError):
            os.write(tell, _FAILED)
    finally:
        os._exit(code)


def _end(copies: list[int]) -> None:
    with held_back():
        for pid in copies:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in copies:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
