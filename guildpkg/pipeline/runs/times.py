"""Points of time as people and as programs read them."""

from __future__ import annotations

from datetime import UTC, datetime


def in_words(nanoseconds: int) -> str:
    """Write a time as the clock on the wall has it; nothing for 0."""
    return datetime.fromtimestamp(nanoseconds // 10**9).strftime("%Y-%m-%d %H:%M:%S") if nanoseconds else ""


def in_iso(nanoseconds: int) -> str | None:
    """Write a time as RFC 3339 in UTC; None for 0."""
    if not nanoseconds:
        return None
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
