"""All printing. Results go to stdout, talk goes to stderr; both read well without colour.

A terminal on stderr gets progress bars (rich, imported when the first is due); a file or a pipe gets the lines only.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from guildpkg.core.events import Detail, Event, Progress, Step, Warn
from guildpkg.core.events import Output as HookOutput

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_BOLD, _RED, _YELLOW, _DIM, _RESET = "\033[1m", "\033[31m", "\033[33m", "\033[2m", "\033[0m"


class Output:
    """Shows events, results and errors.

    Args:
        stdout: For results.
        stderr: For talk.
        verbosity: -1 shows warnings only, 0 also steps and hooks' output, 1 also details.
        colour: True when stderr may have colours.
        live: True when stderr is a terminal that can show progress bars.
    """

    def __init__(
        self, stdout: TextIO, stderr: TextIO, *, verbosity: int = 0, colour: bool = False, live: bool = False
    ) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.verbosity = verbosity
        self.colour = colour
        self.live = live
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._open_line = False

    @classmethod
    def of_process(cls, env: Mapping[str, str]) -> Output:
        """Make the output of this process; ``NO_COLOR`` and ``TERM=dumb`` are honoured."""
        terminal = sys.stderr.isatty() and env.get("TERM") != "dumb"
        return cls(sys.stdout, sys.stderr, colour=terminal and not env.get("NO_COLOR"), live=terminal)

    @classmethod
    def plain(cls) -> Output:
        """Make an output for errors that come before or after a session."""
        return cls(sys.stdout, sys.stderr)

    def report(self, event: Event) -> None:
        """Show an event; this is the `Reporter` that commands pass down."""
        if isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, HookOutput):
            if self.verbosity >= 0:
                self._raw(event.data)
        elif isinstance(event, Step):
            if self.verbosity >= 0:
                self._talk(event.text, _BOLD)
        elif isinstance(event, Warn):
            self._talk(f"warning: {event.text}", _YELLOW)
        elif isinstance(event, Detail) and self.verbosity > 0:
            self._talk(f"  {event.text}", _DIM)

    def say(self, text: str) -> None:
        """Say something that is no result."""
        if self.verbosity >= 0:
            self._talk(text, "")

    def error(self, message: str, hint: str) -> None:
        """Show why a command ends."""
        self.close()
        first, *rest = message.split("\n")
        self._talk("\n".join([f"guild: {first}", *rest]), _RED)
        if hint:
            self._talk(f"  hint: {hint}", "")

    def result(self, text: str) -> None:
        """Write a line of the result."""
        self.close()
        print(_printable(text), file=self.stdout)

    def raw_result(self, data: bytes) -> None:
        """Write bytes of the result as they are."""
        self.close()
        self.stdout.flush()
        self.stdout.buffer.write(data)

    def json(self, value: Any) -> None:
        """Write a result for programs."""
        self.result(json.dumps(value, indent=2, ensure_ascii=False))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows as columns; the last column is not padded."""
        if not rows:
            return
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
            self.result("  ".join([*cells, row[-1]]).rstrip())

    def close(self) -> None:
        """Take the progress bars away and end an open line."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._tasks.clear()
        if self._open_line:
            self.stderr.write("\n")
            self._open_line = False

    @contextlib.contextmanager
    def closing(self) -> Iterator[Output]:
        """Take the bars away at the end of a block, however it ends."""
        try:
            yield self
        finally:
            self.close()

    def _talk(self, text: str, style: str) -> None:
        text = _printable(text)
        if self._open_line:
            self.stderr.write("\n")
            self._open_line = False
        if self._bars is not None and self._tasks:
            self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        print(f"{style}{text}{_RESET}" if self.colour and style else text, file=self.stderr, flush=True)

    def _raw(self, data: bytes) -> None:
        if self._bars is not None:
            self.close()
        self.stderr.flush()
        buffer = getattr(self.stderr, "buffer", None)
        if buffer is None:
            self.stderr.write(data.decode("utf-8", "replace"))
        else:
            buffer.write(data)
            buffer.flush()
        self._open_line = not data.endswith(b"\n")

    def _progress(self, event: Progress) -> None:
        if not self.live or self.verbosity < 0:
            return
        if event.finished and event.task not in self._tasks:
            return
        bars = self._bars or self._start_bars()
        if event.task not in self._tasks:
            self._tasks[event.task] = bars.add_task(event.task, total=event.total)
        bars.update(self._tasks[event.task], completed=event.done, total=event.total)
        if event.finished:
            bars.remove_task(self._tasks.pop(event.task))
            if not self._tasks:
                self.close()

    def _start_bars(self) -> Bars:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        self._bars = Bars(*columns, console=Console(file=self.stderr), transient=True)
        self._bars.start()
        return self._bars


def _printable(text: str) -> str:
    """Make names that hold raw bytes or control characters safe for a terminal."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text)
