"""What several runs print at once: whole lines, each with the number of its trial in front."""

from __future__ import annotations

import threading
from dataclasses import field, replace
from typing import Final

from guildpkg.core.events import Detail, Event, Output, Progress, Reporter, Step, Warn
from guildpkg.lean import dataclass

LONGEST: Final = 1 << 16
"""Bytes of a line that are waited for; what is longer is broken."""


@dataclass(slots=True)
class Lines:
    """Where the events of trials go.

    Attributes:
        report: Told of them, by one thread at a time.
        several: Whether trials run at once; a single one is passed on as it is.
    """

    report: Reporter
    several: bool
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: dict[tuple[int, str], bytes] = field(default_factory=dict)

    def of_trial(self, number: int) -> Reporter:
        """Give the listener of one trial."""

        def listen(event: Event) -> None:
            with self._lock:
                self.report(event) if not self.several else self._take(number, event)

        return listen

    def end(self, number: int) -> None:
        """Pass on the lines that a trial has left open."""
        with self._lock:
            for stream in ("stdout", "stderr"):
                if rest := self._open.pop((number, stream), b""):
                    self.report(Output(stream, b"[%d] %s\n" % (number, rest)))

    def _take(self, number: int, event: Event) -> None:
        if isinstance(event, Output):
            self._lines(number, event)
        elif isinstance(event, Step | Warn | Detail):
            self.report(replace(event, text=f"[{number}] {event.text}"))
        elif isinstance(event, Progress):
            self.report(replace(event, task=f"[{number}] {event.task}"))

    def _lines(self, number: int, event: Output) -> None:
        key = (number, event.stream)
        *whole, rest = (self._open.get(key, b"") + event.data).split(b"\n")
        while len(rest) > LONGEST:
            whole.append(rest[:LONGEST])
            rest = rest[LONGEST:]
        self._open[key] = rest
        if whole:
            self.report(Output(event.stream, b"".join(b"[%d] %s\n" % (number, line) for line in whole)))
