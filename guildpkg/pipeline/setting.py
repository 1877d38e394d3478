"""What every use needs from outside: a home, an environment, a listener, a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from guildpkg.core.events import Reporter
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """The outside world of one use.

    Attributes:
        home: ``$GUILD_HOME``.
        env: The caller's environment.
        report: Told what happens.
        now: The clock, seconds since the epoch.
    """

    home: Path
    env: Mapping[str, str]
    report: Reporter
    now: Callable[[], float]
