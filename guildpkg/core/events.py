"""What happens, told to whoever listens. Libraries report events; only ``cli/output.py`` prints them."""

from __future__ import annotations

from collections.abc import Callable

from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the work begins: ``Downloading URL``, ``Running build``."""

    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """Something worth a line with ``-v``: the way a source was fetched, an offset of a hunk."""

    text: str


@dataclass(frozen=True, slots=True)
class Warn:
    """Something is not as it should be, and the work goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes that a hook wrote, as they came.

    Attributes:
        stream: ``stdout`` or ``stderr``.
        data: A chunk; it may end inside a line or inside a character.
    """

    stream: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is.

    Attributes:
        task: Stable name of the work; one bar per task.
        done: Units done so far.
        total: Units in all, or None when nobody knows.
        unit: ``bytes`` or the plural of what is counted.
        finished: True in the last event of the task, also after a failure.
    """

    task: str
    done: int
    total: int | None = None
    unit: str = "bytes"
    finished: bool = False


Event = Step | Detail | Warn | Output | Progress
Reporter = Callable[[Event], None]


def silent(event: Event) -> None:
    """Listen to nothing."""
