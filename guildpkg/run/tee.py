"""Both streams of a run, as they come: to the record and to whoever listens.

Bytes are written before their index record, without buffers of ours: what the script has flushed survives a kill of
guild. When the disk is full the script is not stopped: one warning, and what follows is only shown. Much output is
sent to the disk while the script goes on, so that its end does not have to wait for all of it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from guildpkg.core.events import Output, Reporter, Warn
from guildpkg.core.runs.output import pack
from guildpkg.lean import dataclass

_MUCH: Final = 16 << 20
"""Bytes."""


@dataclass(slots=True)
class Tee:
    """Where output goes.

    Attributes:
        output: Descriptor of ``output``, open for appending.
        index: Descriptor of ``output.index``, the same.
        report: Told of each chunk.
        now: The clock, nanoseconds since the epoch.
        offset: Bytes recorded so far.
        trouble: Why nothing is recorded any more; empty as long as all is.
        sent: Bytes that the disk has been told to write, or has.
        sending: The thread that waits for that.
    """

    output: int
    index: int
    report: Reporter
    now: Callable[[], int]
    offset: int = 0
    trouble: str = ""
    sent: int = 0
    sending: threading.Thread | None = None

    def take(self, stream: str, data: bytes) -> None:
        """Take a chunk of ``stdout`` or ``stderr`` in."""
        if not self.trouble:
            self._record(stream, data)
        self.report(Output(stream, data))

    def _record(self, stream: str, data: bytes) -> None:
        start, left = self.offset, memoryview(data)
        try:
            while left:
                written = os.write(self.output, left)
                self.offset += written
                left = left[written:]
            os.write(self.index, pack(self.now(), start, stream))
            if self.offset - self.sent >= _MUCH:
                self._send()
        except OSError as error:
            self.trouble = error.strerror or str(error)
            self.report(Warn(f"the output is shown but no longer recorded: {self.trouble}"))

    def _send(self) -> None:
        """Have what is there reach the disk, unless the disk is busy with what was there before."""
        if self.sending is None or not self.sending.is_alive():
            self.sent = self.offset
            self.sending = threading.Thread(target=_sync, args=(self.output,), daemon=True)
            self.sending.start()

    def close(self) -> None:
        """Close both files, and have them reach the disk."""
        if self.sending is not None:
            self.sending.join()
        for descriptor in (self.output, self.index):
            try:
                os.fsync(descriptor)
            except OSError as error:
                self.trouble = self.trouble or error.strerror or str(error)
            os.close(descriptor)


def _sync(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # it is there to be read all the same
        os.fsync(descriptor)


def open_tee(folder: Path, report: Reporter, now: Callable[[], int]) -> Tee:
    """Open the output of a run; a second start goes on behind the first.

    Args:
        folder: The run's folder.
        report: Told of each chunk.
        now: The clock, nanoseconds since the epoch.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    output = os.open(folder / "output", flags, 0o644)
    size = os.fstat(output).st_size
    return Tee(output, os.open(folder / "output.index", flags, 0o644), report, now, size, sent=size)
