"""Progress bars on a terminal, with rich, which is imported when a piece of work takes long enough to need one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from guildpkg.cli.text import one_line
from guildpkg.core.events import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Live
    from rich.progress import TaskID

PATIENCE = 0.3
"""Seconds that a piece of work may take before it gets a bar."""

WIDTH = 32
"""Columns for the name of the work; of a longer one, such as a URL, the end is shown."""

STYLES = {"step": "bold", "error": "red", "warning": "yellow", "detail": "dim", "plain": ""}


class Bars:
    """One bar per piece of work that goes on.

    Args:
        stream: The terminal.
        colour: True when it may have colours.
    """

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        self.stream = stream
        self.colour = colour
        self._live: Live | None = None
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}

    @property
    def showing(self) -> bool:
        """True while there is a bar on the terminal."""
        return self._live is not None

    def show(self, event: Progress) -> None:
        """Draw how far a piece of work is, once it has taken a while."""
        if event.finished:
            self._end(event)
            return
        begun = self._begun.setdefault(event.task, time.monotonic())
        if event.task not in self._tasks and time.monotonic() - begun < PATIENCE:
            return
        live = self._live or self._start()
        if event.task not in self._tasks:
            self._tasks[event.task] = live.add_task(_short(event.task), total=event.total)
        live.update(self._tasks[event.task], completed=event.done, total=event.total)

    def say(self, text: str, style: str) -> None:
        """Write a line above the bars, where there are some.

        Args:
            text: The line, already printable.
            style: A key of `STYLES`.
        """
        assert self._live is not None
        console = self._live.console
        console.print(text, style=STYLES[style], markup=False, emoji=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take all bars away."""
        live, self._live = self._live, None
        self._tasks.clear()
        self._begun.clear()
        if live is not None:
            live.stop()

    def _end(self, event: Progress) -> None:
        self._begun.pop(event.task, None)
        task = self._tasks.pop(event.task, None)
        if self._live is None or task is None:
            return
        self._live.remove_task(task)
        if not self._tasks:
            self.close()

    def _start(self) -> Live:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Live

        columns = (
            # a name from elsewhere must not be read as rich's markup
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
        )
        console = Console(file=self.stream, force_terminal=True, no_color=not self.colour)
        # nobody else prints: there is nothing to redirect
        self._live = Live(
            *columns, console=console, transient=True, expand=True, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()
        return self._live


def _short(task: str) -> str:
    name = one_line(task)
    return name if len(name) <= WIDTH else "…" + name[1 - WIDTH :]
