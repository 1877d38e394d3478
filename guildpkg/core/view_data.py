"""What the view wants to be told by the rest of the world, as a Protocol; ``pipeline/view/serve.py`` gives it.

Everything that goes through `ViewData` is ready for JSON: dicts with text keys, lists, text, numbers, None. The shapes
are those that ``docs/view-api.md`` tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Protocol

from guildpkg.lean import dataclass

Row = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a series is wanted, and how fine.

    Attributes:
        points: Most points of a line.
        axis: ``step`` or ``time`` (nanoseconds since the epoch): what *start* and *end* are.
        start: First value of the axis; None for the beginning.
        end: Last value of the axis; None for the end.
    """

    points: int
    axis: str = "step"
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a run's output is wanted.

    Attributes:
        limit: Most bytes.
        after: Byte to begin with; None to count from the end of the part.
        before: Byte to end before; None for the end of what is there.
        of: Name of an operation that went into the run, whose output is meant; empty for the run's own.
    """

    limit: int
    after: int | None = None
    before: int | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in a run's output.

    Attributes:
        text: The text; ASCII letters match in both cases.
        start: Byte to begin with.
        of: As of `Part`.
        gone: Says that nobody waits for the answer any more; asked again and again, and then the search ends.
    """

    text: str
    start: int = 0
    of: str = ""
    gone: Callable[[], bool] = bool


class ViewData(Protocol):
    """What the view shows and does. Every method may be called from several threads at once.

    A *run* is a whole id. All methods raise `Unknown` when there is no such run, and `GuildError` when what is asked
    for cannot be had.
    """

    def config(self) -> Row:
        """Say what is looked at: project, its description and faults."""

    def runs(self, expression: str, *, trashed: bool) -> list[Row]:
        """List the runs, newest first; with *expression*, only those that it takes."""

    def run(self, run: str) -> Row:
        """Tell everything of a run that is not large."""

    def panels(self, run: str) -> Row:
        """Give the values of the project's fields, in the order of its file."""

    def charts(self, run: str) -> Row:
        """Say which charts there are and which keys each shows."""

    def lines(self, run: str, keys: Sequence[str], span: Span) -> list[Row]:
        """Give the points of some keys."""

    def output(self, run: str, part: Part) -> Row:
        """Give a part of what the run printed."""

    def search(self, run: str, sought: Sought) -> Row:
        """Find lines in what the run printed."""

    def folder(self, run: str, root: str, path: bytes) -> Row:
        """List a folder of the run: *root* is ``files`` or ``source``."""

    def file(self, run: str, root: str, path: bytes) -> IO[bytes]:
        """Open a file of the run."""

    def compare(self, runs: Sequence[str]) -> Row:
        """Lay runs side by side: columns and a row for each."""

    def differences(self, one: str, other: str) -> Row:
        """Say in what two runs differ."""

    def act(self, verb: str, run: str, given: Mapping[str, Any]) -> Row:
        """Change a run: ``label``, ``tag``, ``stop``, ``delete``, ``restore``; give its row afterwards."""

    def marks(self, run: str) -> Row:
        """Give a mark for each part of a run; a mark that differs says that the part has changed."""
