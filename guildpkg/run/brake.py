"""How a running process is stopped: politely at first, then for good.

The first wish (Ctrl-C, SIGTERM or SIGHUP to guild, or a call of `Brake.press`) sends a signal to the process group and
gives it `POLITE` seconds; the second, or the end of that time, kills everything that came of it.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import field
from types import FrameType
from typing import Final

from guildpkg.core.runs.record import NOBODY, STOPPED, USER
from guildpkg.lean import dataclass
from guildpkg.system.process.child import Child

POLITE: Final = 30.0
"""Seconds that a process has to save what it wants to after the first wish."""
_WISHES: Final = {signal.SIGINT: USER, signal.SIGTERM: STOPPED, signal.SIGHUP: STOPPED}


@dataclass(slots=True)
class Brake:
    """Stops one run; safe to use from any thread and from signal handlers.

    Attributes:
        polite: Seconds between the first wish and the kill.
        by: Who wished first; empty as long as nobody did.
        presses: How often it was pressed.
        deadline: When (monotonic) patience ends.
        child: What is to be stopped, once it runs.
    """

    polite: float = POLITE
    by: str = NOBODY
    presses: int = 0
    deadline: float = float("inf")
    child: Child | None = None
    _number: signal.Signals = signal.SIGINT

    def press(self, by: str = USER, number: signal.Signals = signal.SIGINT) -> None:
        """Wish the end of the run.

        Args:
            by: Who wishes it, for the record.
            number: The polite signal.
        """
        self.presses += 1
        if self.presses == 1:
            self.by, self._number = by, number
            self.deadline = time.monotonic() + self.polite
        child = self.child
        if child is not None:
            child.order(self._number if self.presses == 1 else signal.SIGKILL)

    def engage(self, child: Child) -> None:
        """Take hold of a process; a wish of before is passed on to it."""
        self.child = child
        if self.presses:
            child.order(self._number if self.presses == 1 else signal.SIGKILL)

    def release(self) -> None:
        """Let go of a process that has ended."""
        self.child = None

    def check(self) -> None:
        """Kill when patience is at its end."""
        if time.monotonic() >= self.deadline and self.child is not None:
            self.child.order(signal.SIGKILL)


@dataclass(slots=True)
class Brakes:
    """The brakes of several runs that go on at once; a wish is one to all of them, later ones too.

    Attributes:
        by: Who wished the end of all first; empty as long as nobody did.
    """

    by: str = NOBODY
    _brakes: list[Brake] = field(default_factory=list)
    _wishes: list[tuple[str, signal.Signals]] = field(default_factory=list)

    def add(self) -> Brake:
        """Make the brake of one more run."""
        brake = Brake()
        self._brakes.append(brake)
        for by, number in self._wishes:
            brake.press(by, number)
        return brake

    def press(self, by: str = USER, number: signal.Signals = signal.SIGINT) -> None:
        """Wish the end of all; see `Brake.press`."""
        self.by = self.by or by
        self._wishes.append((by, number))
        for brake in list(self._brakes):
            brake.press(by, number)


@contextlib.contextmanager
def hearing_signals(brake: Brake | Brakes) -> Iterator[None]:
    """Let the signals of this process press the brake while the block runs; only the main thread can, others do not."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _: FrameType | None) -> None:
        # a function of its own and no bound method: signal.signal() makes text of what it is given, children and all
        wish = signal.Signals(number)
        brake.press(_WISHES[wish], signal.SIGINT if wish is signal.SIGINT else signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in _WISHES}
    for number, handler in before.items():
        # what is ignored stays so: nohup, and shells that put us into the background
        if handler is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
