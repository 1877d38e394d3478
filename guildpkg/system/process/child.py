"""A running program as ``system/process/start.py`` sees it: bytes move both ways until it ends or has to.

In: a socket to the supervisor, the program's streams, a selector. Out: what it wrote, within a limit, and what the
supervisor told. No process is started here.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import field
from typing import IO, TYPE_CHECKING, Final

from guildpkg.lean import dataclass

if TYPE_CHECKING:
    import socket

Listener = Callable[[str, bytes], None]
"""Told of a chunk of output: ``stdout`` or ``stderr``, and the bytes as they came."""

GRACE: Final = 5.0
"""Seconds that a program has to end by itself after Ctrl-C."""
CHUNK: Final = 1 << 18
"""Bytes that are moved at once, and that a pipe from a program holds where the system lets us choose."""
_LAST_WORDS: Final = 1.0
_LONGEST_WAIT: Final = 3600.0


@dataclass(slots=True)
class Flow:
    """Where output goes: to a listener, and up to a limit into memory."""

    keep: int
    listener: Listener | None
    kept: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    cut: bool = False

    def take(self, stream: str, data: bytes) -> None:
        """Take a chunk in."""
        kept = self.kept[stream]
        room = self.keep - len(kept)
        kept += data[:room]
        self.cut = self.cut or len(data) > room
        if self.listener is not None:
            self.listener(stream, data)


@dataclass(slots=True)
class Child:
    """A program as seen through its supervisor.

    Attributes:
        control: The socket to the supervisor.
        selector: What to wait for; the data of each key is the function to call.
        flow: Where output goes.
        told: What the supervisor has said so far.
        unsent: Standard input that is still to be written.
        streams: Output streams that have not ended.
        gone: True when nothing of the program runs any more.
    """

    control: socket.socket
    selector: selectors.BaseSelector
    flow: Flow
    told: bytes = b""
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    streams: int = 2
    gone: bool = False

    def hear(self) -> None:
        """Take in what the supervisor says; its last word, or its end, is the program's end."""
        with contextlib.suppress(ConnectionResetError):
            if said := self.control.recv(CHUNK):
                self.told += said
                return
        self.selector.unregister(self.control)
        self.gone = True

    def read(self, name: str, descriptor: int) -> None:
        """Take in a chunk of an output stream."""
        if data := os.read(descriptor, CHUNK):
            self.flow.take(name, data)
        else:
            self.selector.unregister(descriptor)
            self.streams -= 1

    def write(self, stream: IO[bytes]) -> None:
        """Write as much of the standard input as the program takes now."""
        try:
            self.unsent = self.unsent[os.write(stream.fileno(), self.unsent[:CHUNK]) :]
        except BrokenPipeError:
            self.unsent = memoryview(b"")
        if not self.unsent:
            self.selector.unregister(stream)
            stream.close()

    def order(self, number: signal.Signals) -> None:
        """Have the supervisor send a signal to the program's process group; SIGKILL to all that came of it."""
        # OSError: it has ended, and the socket may be closed
        with contextlib.suppress(OSError):
            self.control.send(bytes([number]))


def converse(child: Child, deadline: float) -> bool:
    """Move data until the program ends, or end it; tell whether it ended in time."""
    in_time = False
    try:
        in_time = _pump(child, deadline)
    except KeyboardInterrupt:
        _stop(child, signal.SIGINT, signal.SIGKILL)
        raise
    finally:
        if not in_time:
            _stop(child, signal.SIGKILL)
    return in_time


def move(child: Child, deadline: float) -> bool:
    """Move data until *deadline* at most, for a caller with work of its own in between; tell whether all has ended.

    What a signal handler does while this waits does not end the wait.
    """
    return _pump(child, deadline)


def _pump(child: Child, deadline: float) -> bool:
    """Move data until the program has ended; tell whether it did so before *deadline*.

    When nothing of it runs any more, what is left in the pipes is read. A pipe that does not end even then is held by
    a process that got away, and is not waited for.
    """
    while not child.gone or child.streams:
        if child.gone:
            deadline = min(deadline, time.monotonic() + _LAST_WORDS)
        left = deadline - time.monotonic()
        if left <= 0:
            return child.gone
        for key, _ in child.selector.select(min(left, _LONGEST_WAIT)):
            key.data()
    return True


def _stop(child: Child, *signals: signal.Signals) -> None:
    """End the program: each signal gets its time to work, and Ctrl-C goes on to the next one."""
    child.flow.listener = None
    for number in signals:
        if not child.gone:
            child.order(number)
            with contextlib.suppress(KeyboardInterrupt):
                _pump(child, time.monotonic() + GRACE)
