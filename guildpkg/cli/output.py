"""All printing. Results go to stdout, talk goes to stderr; both read well without colour.

A terminal on stderr gets progress bars (`cli/bars.py`); a file or a pipe gets the lines only. Whatever came from
elsewhere is made printable first; only the output of hooks is passed on as it is.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from guildpkg.cli.bars import Bars
from guildpkg.cli.streams import is_unread, reader_of, settle, unwritten
from guildpkg.cli.text import one_line, printable
from guildpkg.core.events import Detail, Event, Progress, Step, Warn
from guildpkg.core.events import Output as HookOutput
from guildpkg.errors import GuildError

_STYLES = {"step": "\033[1m", "error": "\033[31m", "warning": "\033[33m", "detail": "\033[2m", "plain": ""}
_RESET = "\033[0m"


class Output:
    """Shows events, results and errors.

    Args:
        stdout: For results; None when the process was started with it closed.
        stderr: For talk.
        verbosity: -1 shows warnings only, 0 also steps and hooks' output, 1 also details.
        colour: True when stderr may have colours.
        live: True when stderr is a terminal that can show progress bars.
    """

    def __init__(
        self, stdout: TextIO | None, stderr: TextIO, *, verbosity: int = 0, colour: bool = False, live: bool = False
    ) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.verbosity = verbosity
        self.colour = colour
        self.live = live
        self._bars = Bars(stderr, colour=colour)
        self._open_line = False

    @classmethod
    def of_process(cls, env: Mapping[str, str]) -> Output:
        """Make the output of this process; ``NO_COLOR`` and ``TERM=dumb`` are honoured."""
        stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the whole process
        if isinstance(sys.stdout, io.TextIOWrapper):
            # it is written out first, which may fail; whoever writes next will see
            with contextlib.suppress(OSError):
                sys.stdout.reconfigure(errors="backslashreplace")
        terminal = stderr.isatty() and env.get("TERM", "dumb") not in ("dumb", "unknown")
        return cls(sys.stdout, stderr, colour=terminal and not env.get("NO_COLOR"), live=terminal)

    def report(self, event: Event) -> None:
        """Show an event; this is the `Reporter` that commands pass down."""
        if isinstance(event, Progress):
            if self.live and self.verbosity >= 0:
                self._bars.show(event)
        elif isinstance(event, HookOutput):
            if self.verbosity >= 0:
                self._raw(event.data)
        elif isinstance(event, Step):
            if self.verbosity >= 0:
                self._talk(one_line(event.text), "step")
        elif isinstance(event, Warn):
            self._talk(f"warning: {one_line(event.text)}", "warning")
        elif isinstance(event, Detail) and self.verbosity > 0:
            self._talk(f"  {one_line(event.text)}", "detail")

    def relay(self, event: Event) -> None:
        """Show an event of a run: like `report`, but what the run writes to its stdout goes to ours."""
        if isinstance(event, HookOutput) and event.stream == "stdout":
            if self.verbosity >= 0:
                self._result(lambda stdout: _write_through(stdout, event.data))
        else:
            self.report(event)

    def say(self, text: str) -> None:
        """Say something that is no result."""
        if self.verbosity >= 0:
            self._talk(one_line(text), "plain")

    def ask(self, question: str) -> None:
        """Put a question; the cursor stays behind it, and the answer ends the line."""
        self.close()
        with reader_of(self.stderr):
            self._end_line()
            print(one_line(question), file=self.stderr, end="", flush=True)

    def unechoed(self) -> None:
        """Say that the answer to a question did not end its line, as that of a terminal does."""
        self._open_line = True

    def error(self, message: str, hint: str) -> None:
        """Show why a command ends."""
        self.close()
        self._talk(printable(f"guild: {message}"), "error")
        if hint:
            self._talk(f"  hint: {one_line(hint)}", "plain")

    def interrupted(self) -> None:
        """Say that the user stopped the command; the terminal has just shown ``^C``."""
        self._open_line = self.stderr.isatty()
        self.error("interrupted", "")

    def trace(self, error: BaseException) -> None:
        """Show the traceback of an error."""
        import traceback

        self.close()
        self._talk(printable("".join(traceback.format_exception(error)).rstrip()), "plain")

    def result(self, text: str) -> None:
        """Write a line of the result."""
        self._result(lambda stdout: print(one_line(text), file=stdout))

    def raw_result(self, data: bytes) -> None:
        """Write bytes of the result as they are; a terminal gets them printable."""

        def write(stdout: TextIO) -> None:
            if stdout.isatty():
                stdout.write(printable(data.decode("utf-8", "surrogateescape")))
                return
            stdout.flush()
            stdout.buffer.write(data)

        self._result(write)

    def json(self, value: Any) -> None:
        """Write a result for programs: ASCII, so that no name and no locale can spoil it."""
        from guildpkg.core.jsons import dumps

        self._result(lambda stdout: print(dumps(value, indent=2), file=stdout))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows as columns; the last column is not padded."""
        if not rows:
            return
        cells = [[one_line(cell) for cell in row] for row in rows]
        widths = [max(len(row[column]) for row in cells) for column in range(len(rows[0]))]
        for row in cells:
            padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
            self.result("  ".join([*padded, row[-1]]).rstrip())

    def is_unread(self) -> bool:
        """Tell whether nobody reads stdout or stderr any more."""
        return any(stream is not None and is_unread(stream) for stream in (self.stdout, self.stderr))

    def settle(self) -> None:
        """Write out what is still in the buffers, or give it up: for the end of a command that failed."""
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                settle(stream)

    def close(self) -> None:
        """Take the bars away."""
        self._bars.close()

    @contextlib.contextmanager
    def closing(self) -> Iterator[Output]:
        """Take the bars away at the end of a block, however it ends, and end the line that a hook left open."""
        try:
            yield self
        finally:
            self.close()
            with reader_of(self.stderr):
                self._end_line()

    def _result(self, write: Callable[[TextIO], object]) -> None:
        self.close()
        if self.stdout is None:
            raise GuildError("the result cannot be written: stdout is closed")
        try:
            write(self.stdout)
        except OSError as error:
            raise unwritten(self.stdout, error) from error

    def _talk(self, text: str, style: str) -> None:
        with reader_of(self.stderr):
            self._end_line()
            if self._bars.showing:
                self._bars.say(text, style)
                return
            mark = _STYLES[style] if self.colour else ""
            print(f"{mark}{text}{_RESET}" if mark else text, file=self.stderr, flush=True)

    def _end_line(self) -> None:
        if self._open_line:
            self.stderr.write("\n")
            self.stderr.flush()
        self._open_line = False

    def _raw(self, data: bytes) -> None:
        self._bars.close()
        with reader_of(self.stderr):
            self.stderr.flush()
            buffer = getattr(self.stderr, "buffer", None)
            if buffer is None:
                self.stderr.write(data.decode("utf-8", "replace"))
            else:
                buffer.write(data)
                buffer.flush()
        self._open_line = not data.endswith(b"\n")


def _write_through(stdout: TextIO, data: bytes) -> None:
    """Write bytes so that they are seen at once."""
    stdout.flush()
    buffer = getattr(stdout, "buffer", None)
    if buffer is None:
        stdout.write(data.decode("utf-8", "replace"))
    else:
        buffer.write(data)
        buffer.flush()
