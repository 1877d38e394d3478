"""What the pipeline asks a source module for, and what it gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from guildpkg.core.digests import Entry
from guildpkg.core.sources import Limits, Pin, Source
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What the pipeline asks a source module for.

    Attributes:
        source: The source.
        recipedir: The folder of the recipe, for sources that lie in it.
        pin: What the lock says of it; None when it has to be resolved.
        mirror: Stand-in for the place the source names (``--source NAME=URL``); empty for none.
        offline: True when the network must not be used.
        limits: Size limits.
    """

    source: Source
    recipedir: Path
    pin: Pin | None = None
    mirror: str = ""
    offline: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source that is here, verified, and can be laid out without the network.

    Attributes:
        pin: What the source turned out to be; *digest* and *size* are filled in by the pipeline after `lay`.
        way: How it came, for ``-v`` and the build statement: ``cache``, ``tree walk``, ``depth 1``, ``download``, ...
        origin: The URL it came from (the mirror, if one was used), without credentials; a path for local sources.
        lay: Write the source's files below a folder (which exists; other sources may have written there too) and
            return the entries written, paths relative to that folder. Refuses to write over a file that is there.
    """

    pin: Pin
    way: str
    origin: str
    lay: Callable[[Path], tuple[Entry, ...]]
