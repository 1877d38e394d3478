"""What is measured and looked up beside a run, in threads of their own, so that its output never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import field
from typing import Final

from guildpkg.core.runs.record import RunRecord
from guildpkg.lean import dataclass
from guildpkg.run.attrs import collect
from guildpkg.stores.runs_folder import Run

_MOMENT: Final = 0.5
"""Seconds."""


@dataclass(slots=True)
class Watchers:
    """The threads beside one run.

    Attributes:
        run: The run.
        record: Its record.
        now: The clock, nanoseconds since the epoch.
        over: Set when the run has ended.
        threads: Those that were begun.
    """

    run: Run
    record: RunRecord
    now: Callable[[], int]
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, pid: int) -> None:
        """Begin, once there is a process."""
        if self.record.stats_interval > 0:
            self.threads.append(threading.Thread(target=self._sample, args=(pid,), daemon=True))
        self.threads.append(threading.Thread(target=collect, args=(self.run, self.record), daemon=True))
        for thread in self.threads:
            thread.start()

    def _sample(self, pid: int) -> None:
        # a script of a moment is not worth the imports
        if self.over.wait(min(_MOMENT, self.record.stats_interval / 4)):
            return
        from guildpkg.run.sampler import Sampler

        Sampler(self.run.path / "stats", pid, self.record.stats_interval, self.now).sample_until(self.over)

    def finish(self) -> None:
        """End with the run; what is being looked up is awaited."""
        self.over.set()
        for thread in self.threads:
            thread.join()
