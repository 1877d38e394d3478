"""What is measured and looked up beside a run, in threads of their own, so that its output never waits for it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Final

from guildpkg.core.runs.record import RunRecord
from guildpkg.lean import dataclass
from guildpkg.run.attrs import collect
from guildpkg.stores.runs_folder import Run

_MOMENT: Final = 0.5
"""Seconds."""
_LONGEST: Final = 1e6
"""Seconds between statistics: more is more than a thread can wait."""


@contextlib.contextmanager
def beating(run: Run, now: Callable[[], int], interval: float) -> Iterator[None]:
    """Give signs of life while the block runs, every *interval* seconds: it may download for hours."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(interval):
            run.beat(now())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass(slots=True)
class Watchers:
    """The threads beside one run.

    Attributes:
        run: The run.
        record: Its record.
        now: The clock, nanoseconds since the epoch.
        over: Set when the run has ended.
        sampler: Measures it, if that is wanted, once it has begun.
        collector: Looks up what it runs on, once it has begun.
    """

    run: Run
    record: RunRecord
    now: Callable[[], int]
    over: threading.Event = field(default_factory=threading.Event)
    sampler: threading.Thread | None = None
    collector: threading.Thread | None = None

    def begin(self, pid: int) -> None:
        """Begin, once there is a process."""
        interval = min(self.record.stats_interval, _LONGEST)
        if interval > 0:
            self.sampler = threading.Thread(target=self._sample, args=(pid, interval), daemon=True)
            self.sampler.start()
        self.collector = threading.Thread(target=collect, args=(self.run, self.record), daemon=True)
        self.collector.start()

    def _sample(self, pid: int, interval: float) -> None:
        # a script of a moment is not worth the imports
        if self.over.wait(min(_MOMENT, interval / 4)):
            return
        from guildpkg.run.sampler import Sampler

        Sampler(self.run.path / "stats", pid, interval, self.now).sample_until(self.over)

    def finish(self) -> None:
        """End measuring with the run."""
        self.over.set()
        if self.sampler:
            self.sampler.join()

    def settle(self) -> None:
        """Await what is still being looked up: programs that may take long, so the end of the run is recorded first."""
        if self.collector:
            self.collector.join()
