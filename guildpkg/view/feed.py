"""What has changed, for open pages: one look at the runs for all of them, a stream of events for each.

The look is taken only while somebody listens, and costs at most a twentieth of one processor: however many runs there
are, it is taken so seldom. A page that was away (asleep, or the server was) gets everything anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from guildpkg.core.view_data import Row, ViewData
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

_SHARE: Final = 20
"""A look that takes a second is followed by a pause of so many."""

Rows = dict[str, Row]


@dataclass(slots=True)
class Feed:
    """Tells pages what has changed.

    Attributes:
        data: What is looked at.
        interval: Seconds between two looks, at least.
        closing: Set when the server ends.
        rows: The runs as they were at the last look, by id.
        listeners: The pages that listen, each with what it has to be told.
    """

    data: ViewData
    interval: float
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    rows: Rows = field(default_factory=dict)
    listeners: set[asyncio.Queue[Row]] = field(default_factory=set)
    _looking: asyncio.Task[None] | None = None

    async def changes(self, run: str = "") -> AsyncIterator[dict[str, str]]:
        """Yield events: ``runs`` with the rows that changed and the ids that are gone, ``run`` with its marks.

        Args:
            run: A run whose parts the page shows; empty for none.
        """
        told: asyncio.Queue[Row] = asyncio.Queue(maxsize=1000)
        self.listeners.add(told)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        marks: Row | None = None
        ended = asyncio.create_task(self.closing.wait())
        try:
            yield _event("hello", {"interval": self.interval})
            while not self.closing.is_set():
                if run:
                    now = await self._marks(run)
                    if now != marks:
                        marks = now
                        yield _event("run", now)
                pause = asyncio.create_task(told.get())
                await asyncio.wait({pause, ended}, timeout=self.interval, return_when=asyncio.FIRST_COMPLETED)
                if pause.done():
                    yield _event("runs", pause.result())
                else:
                    pause.cancel()
        finally:
            ended.cancel()
            self.listeners.discard(told)

    async def _marks(self, run: str) -> Row:
        try:
            return await run_in_threadpool(self.data.marks, run)
        except (GuildError, OSError):
            return {"gone": True}

    async def _look(self) -> None:
        """Look again and again for as long as somebody listens."""
        known = await self._rows()
        while self.listeners and not self.closing.is_set():
            begun = time.perf_counter()
            rows = await self._rows()
            change = _difference(known, rows)
            known = rows
            if change:
                for listener in list(self.listeners):
                    # one that does not listen for so long has to load everything anew
                    with contextlib.suppress(asyncio.QueueFull):
                        listener.put_nowait(change)
            pause = max(self.interval, _SHARE * (time.perf_counter() - begun))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.closing.wait(), pause)

    async def _rows(self) -> Rows:
        with contextlib.suppress(GuildError, OSError):
            self.rows = await run_in_threadpool(self._read)
        return self.rows

    def _read(self) -> Rows:
        return {row["id"]: row for row in self.data.runs("", trashed=False)}


def _difference(before: Rows, after: Rows) -> Row:
    changed = [row for run, row in after.items() if before.get(run) != row]
    gone = [run for run in before if run not in after]
    return {"changed": changed, "gone": gone} if changed or gone else {}


def _event(name: str, value: Any) -> dict[str, str]:
    return {"event": name, "data": json.dumps(value)}
