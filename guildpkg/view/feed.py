"""What has changed, for open pages: one look at the runs for all of them, a stream of events for each.

The look is taken only while somebody listens, and costs at most a twentieth of one processor: however many runs there
are, it is taken so seldom. Changes are numbered: a page that was away (asleep, or the server was) sees by the number
whether it has missed any, and gets everything anew if so.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.core.jsons import dumps
from guildpkg.core.view_data import Row, ViewData
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.view.answers import in_words

_SHARE: Final = 20
"""A look that takes a second is followed by a pause of so many."""

_FIRST: Final = asyncio.FIRST_COMPLETED

Rows = dict[str, Row]


@dataclass(slots=True)
class Feed:
    """Tells pages what has changed.

    Attributes:
        data: What is looked at.
        interval: Seconds between two looks, at least.
        closing: Set when the server ends.
        server: A word that tells this server from others.
        at: The number of the last change.
        report: Told when the runs cannot be looked at.
        rows: The runs as they were at the last look, by id.
        listeners: The pages that listen, each with what it has to be told.
    """

    data: ViewData
    interval: float
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    server: str = field(default_factory=lambda: secrets.token_hex(8))
    at: int = 0
    report: Reporter = silent
    rows: Rows = field(default_factory=dict)
    listeners: set[asyncio.Queue[Row]] = field(default_factory=set)
    _told: str = ""
    _looking: asyncio.Task[None] | None = None
    _looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def changes(self, runs: Sequence[str] = ()) -> AsyncIterator[dict[str, str]]:
        """Yield events: ``hello``, ``runs`` with what changed and what is gone, ``run`` with the marks of one.

        Args:
            runs: Those whose parts open pages show.
        """
        told: asyncio.Queue[Row] = asyncio.Queue(maxsize=1000)
        self.listeners.add(told)
        if self._looking is None or self._looking.done():
            # nobody has looked for a while: who was here before may have missed something
            self.at, self._looked = self.at + 1, asyncio.Event()
            self._looking = asyncio.create_task(self._look())
        marks: dict[str, Row] = {}
        pause: asyncio.Task[Row] | None = None
        ended = asyncio.create_task(self.closing.wait())
        try:
            async for told_of in self._marked(runs, marks):
                yield told_of
            # what the page loads after this is not older than what changes are counted from
            await self._looked.wait()
            yield _event("hello", {"interval": self.interval, "server": self.server, "at": self.at})
            while not self.closing.is_set():
                async for told_of in self._marked(runs, marks):
                    yield told_of
                pause = asyncio.create_task(told.get())
                await asyncio.wait({pause, ended}, timeout=self.interval, return_when=_FIRST)
                if pause.done():
                    yield _event("runs", pause.result())
                else:
                    pause.cancel()
        finally:
            # the page may go away in the middle of waiting
            for waiting in (ended, pause):
                if waiting is not None:
                    waiting.cancel()
            self.listeners.discard(told)

    async def _marked(self, runs: Sequence[str], known: dict[str, Row]) -> AsyncIterator[dict[str, str]]:
        """Tell of the runs whose marks are other than those that are known, which they are from then on."""
        for run in runs:
            marks = await self._marks(run)
            if known.get(run) != marks:
                known[run] = marks
                yield _event("run", {"run": run, "marks": marks})

    async def _marks(self, run: str) -> Row:
        try:
            return await run_in_threadpool(self.data.marks, run)
        except (GuildError, OSError):
            return {"gone": True}

    async def _look(self) -> None:
        """Look again and again for as long as somebody listens."""
        known = await self._rows()
        self._looked.set()
        while self.listeners and not self.closing.is_set():
            begun = time.perf_counter()
            rows = await self._rows()
            change = _difference(known, rows)
            known = rows
            if change:
                self.at += 1
                change["at"] = self.at
                for listener in list(self.listeners):
                    # one that does not listen for so long has to load everything anew
                    with contextlib.suppress(asyncio.QueueFull):
                        listener.put_nowait(change)
            pause = max(self.interval, _SHARE * (time.perf_counter() - begun))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.closing.wait(), pause)

    async def _rows(self) -> Rows:
        try:
            self.rows = await run_in_threadpool(self._read)
        except (GuildError, OSError) as error:
            self._tell(str(error))
        except Exception as error:
            self._tell(f"{in_words(error)}; this is a bug: please report it")
        else:
            self._told = ""
        return self.rows

    def _tell(self, trouble: str) -> None:
        """Tell of a trouble once for as long as it lasts."""
        if trouble != self._told:
            self._told = trouble
            self.report(Warn(f"cannot look for changes: {trouble}"))

    def _read(self) -> Rows:
        return {row["id"]: row for row in self.data.runs("", trashed=False)}


def _difference(before: Rows, after: Rows) -> Row:
    changed = [row for run, row in after.items() if before.get(run) != row]
    gone = [run for run in before if run not in after]
    return {"changed": changed, "gone": gone} if changed or gone else {}


def _event(name: str, value: Any) -> dict[str, str]:
    return {"event": name, "data": dumps(value)}
