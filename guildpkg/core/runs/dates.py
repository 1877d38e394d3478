"""Points and stretches of time as people write them in filters: ``2026-11-25``, ``2 days ago``, ``90m``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from guildpkg.lean import dataclass

Localize = Callable[[datetime], datetime]
"""Gives a time without a zone the zone of the user, and puts any other into it."""

SECOND: Final = 10**9
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NAMES: Final = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "day": "d", "week": "w"}
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?|an?|one) ?([a-z]+)")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
EXAMPLES: Final = "write it like 2026-11-25, '2026-11-25 14:30', today, yesterday or '2 days ago'"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: what was written exactly to the day means the whole day.

    Attributes:
        start: Nanoseconds since the epoch.
        end: The first nanosecond behind it; equal to *start* for a single moment.
    """

    start: int
    end: int


def span_of(text: str, now: int, local: Localize) -> Span | None:
    """Read a point of time.

    Args:
        text: A date or a time in ISO form, ``today``, ``yesterday``, ``now``, or ``N UNITS ago``.
        now: Nanoseconds since the epoch.
        local: The zone of times without one.

    Returns:
        The stretch that it means; None when it is nothing of that kind.
    """
    try:
        return _relative(text.strip().lower(), now, local) or _absolute(text.strip(), local)
    except (ValueError, OverflowError):
        return None


def _relative(word: str, now: int, local: Localize) -> Span | None:
    if word in ("today", "yesterday"):
        today = local(datetime.fromtimestamp(now // SECOND, UTC)).replace(hour=0, minute=0, second=0, tzinfo=None)
        return _day(today - timedelta(days=word == "yesterday"), local)
    seconds = 0.0 if word == "now" else seconds_of(word.removesuffix(" ago")) if word.endswith(" ago") else None
    return None if seconds is None else Span(now - int(seconds * SECOND), now - int(seconds * SECOND))


def _absolute(text: str, local: Localize) -> Span | None:
    if _DATE.fullmatch(text):
        return _day(datetime.fromisoformat(text), local)
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    start = _nanoseconds(local(datetime.fromisoformat(text)))
    return Span(start, start + (0 if found[2] else SECOND if found[1] else 60 * SECOND))


def seconds_of(text: str) -> float | None:
    """Read a duration: ``90``, ``90s``, ``1.5h``, ``2 days``, ``an hour``; None when it is none."""
    text = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    unit = found[2] if found[2] in _UNITS else _NAMES.get(found[2].removesuffix("s"), "")
    number = 1.0 if found[1] in ("a", "an", "one") else float(found[1])
    return number * _UNITS[unit] if unit else None


def _day(start: datetime, local: Localize) -> Span:
    # by the calendar, as the day on which clocks change has no 24 hours
    return Span(_nanoseconds(local(start)), _nanoseconds(local(start + timedelta(days=1))))


def _nanoseconds(time: datetime) -> int:
    since = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * SECOND + since.microseconds * 1000
