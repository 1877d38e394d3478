"""Both streams of a run, as they come: to the record and to whoever listens.

Bytes are written before their index record, without buffers of ours: what the script has flushed survives a kill of
guild. When the disk is full the script is not stopped: one warning, and what follows is only shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from guildpkg.core.events import Output, Reporter, Warn
from guildpkg.core.runs.output import pack
from guildpkg.lean import dataclass


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
    """

    output: int
    index: int
    report: Reporter
    now: Callable[[], int]
    offset: int = 0
    trouble: str = ""

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
        except OSError as error:
            self.trouble = error.strerror or str(error)
            self.report(Warn(f"the output is shown but no longer recorded: {self.trouble}"))

    def close(self) -> None:
        """Close both files, and have them reach the disk."""
        for descriptor in (self.output, self.index):
            try:
                os.fsync(descriptor)
            except OSError as error:
                self.trouble = self.trouble or error.strerror or str(error)
            os.close(descriptor)


def open_tee(folder: Path, report: Reporter, now: Callable[[], int]) -> Tee:
    """Open the output of a run; a second start goes on behind the first.

    Args:
        folder: The run's folder.
        report: Told of each chunk.
        now: The clock, nanoseconds since the epoch.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    output = os.open(folder / "output", flags, 0o644)
    return Tee(output, os.open(folder / "output.index", flags, 0o644), report, now, os.fstat(output).st_size)
