"""What is measured and looked up beside a run, in threads of their own, so that its output never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from guildpkg.core.runs.record import RunRecord
from guildpkg.run.attrs import collect
from guildpkg.run.sampler import Sampler
from guildpkg.stores.runs_folder import Run


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
            sampler = Sampler(self.run.path / "stats", pid, self.record.stats_interval, self.now)
            self.threads.append(threading.Thread(target=sampler.sample_until, args=(self.over,), daemon=True))
        self.threads.append(threading.Thread(target=collect, args=(self.run, self.record), daemon=True))
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """End with the run; what is being looked up is awaited."""
        self.over.set()
        for thread in self.threads:
            thread.join()
