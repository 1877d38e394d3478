"""The status of a run as a pure rule over what is on disk and what lives.

Anyone can apply it at any time: it needs the record, the process record, the exit record, and a few facts
(`Life`) that whoever asks has looked up on the host where he is.
"""

from __future__ import annotations

from typing import Final

from guildpkg.core.runs.record import ExitRecord, Host, Process, ProcessRecord, RunRecord
from guildpkg.lean import dataclass

STATUSES: Final = ("pending", "staged", "running", "completed", "error", "terminated", "killed")
STALE: Final = 60 * 10**9
"""Nanoseconds without a heartbeat after which a run on another host counts as lost."""


@dataclass(frozen=True, slots=True)
class Status:
    """What state a run is in.

    Attributes:
        word: One of `STATUSES`.
        detail: The exit code of an error, by whom it was terminated, what killed it; empty for the others.
    """

    word: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.word} ({self.detail})" if self.detail else self.word

    @property
    def over(self) -> bool:
        """Whether nothing of the run is going to happen any more."""
        return self.word in ("completed", "error", "terminated", "killed")


@dataclass(frozen=True, slots=True)
class Life:
    """What whoever asks sees of the processes of a run.

    Attributes:
        here: The host where the question is asked.
        now: Nanoseconds since the epoch.
        heartbeat: When the run last gave a sign of life, nanoseconds since the epoch; 0 for never.
        alive: Those processes of the run that exist here, with the same start time.
    """

    here: Host
    now: int
    heartbeat: int = 0
    alive: frozenset[Process] = frozenset()


def status_of(record: RunRecord, process: ProcessRecord | None, ended: ExitRecord | None, life: Life) -> Status:
    """Say what state a run is in."""
    if ended is not None:
        return ended_status(ended)
    if process is None and record.staged:
        return Status("staged")
    host = process.host if process else record.host
    watchers = {process.runner, process.child} if process else {record.maker}
    cause = _lost(host, watchers, life)
    if cause:
        return Status("killed", _LOSSES[cause])
    return Status("running" if process and process.child.pid else "pending")


def loss_of(record: RunRecord, process: ProcessRecord | None, life: Life) -> str:
    """Give the cause (see `core.runs.record.CAUSES`) why a run without an exit record is over; empty when it is not."""
    if process is None and record.staged:
        return ""
    host = process.host if process else record.host
    return _lost(host, {process.runner, process.child} if process else {record.maker}, life)


_LOSSES: Final = {"reboot": "reboot", "host": "host lost", "guild": "guild was killed"}


def _lost(host: Host, watchers: set[Process], life: Life) -> str:
    if host.name != life.here.name:
        return "" if life.now - life.heartbeat < STALE else "host"
    if host.boot != life.here.boot:
        return "reboot"
    return "" if watchers & life.alive else "guild"


def ended_status(ended: ExitRecord) -> Status:
    """Say what state a run is in that has an exit record."""
    if ended.by:
        return Status("terminated", f"by {ended.by}")
    if ended.cause == "signal":
        return Status("killed", signal_name(ended.signal or 0))
    if ended.cause in ("memory", *_LOSSES):
        return Status("killed", _LOSSES.get(ended.cause, "out of memory"))
    if ended.cause == "start":
        return Status("error", "not started")
    return Status("completed") if ended.code == 0 else Status("error", "" if ended.code is None else str(ended.code))


_SIGNALS: Final = {
    1: "HUP",
    2: "INT",
    3: "QUIT",
    4: "ILL",
    6: "ABRT",
    8: "FPE",
    9: "KILL",
    11: "SEGV",
    13: "PIPE",
    14: "ALRM",
    15: "TERM",
}
"""Those that have the same number everywhere."""


def signal_name(number: int) -> str:
    """Name a signal: ``SIGKILL``, ``signal 34``."""
    return f"SIG{_SIGNALS[number]}" if number in _SIGNALS else f"signal {number}"
