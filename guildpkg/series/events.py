"""An event file of a run as a source of series; its keys are ``tf/<folder below RUNDIR>/<tag>``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from guildpkg.core.series.keys import EVENTS
from guildpkg.lean import dataclass
from guildpkg.series.places import Place, opened
from guildpkg.series.reading import EventFile
from guildpkg.series.source import Found
from guildpkg.stores.scalars import Known


@dataclass(frozen=True, slots=True)
class Events:
    """An event file.

    Attributes:
        rundir: RUNDIR.
        place: Where it lies below it.
    """

    rundir: Path
    place: Place

    @property
    def name(self) -> str:
        """Its path below RUNDIR."""
        return _text(self.place.path)

    @property
    def stamp(self) -> str:
        """What it is like now."""
        return self.place.stamp

    @property
    def size(self) -> int:
        """Bytes."""
        return self.place.size

    def open(self) -> AbstractContextManager[int]:
        """Open it; see `source.Source`."""
        return opened(self.rundir, self.place.path)

    def read(self, handle: int, known: Known, size: int) -> Iterator[Found]:
        """Read on; see `source.Source`."""
        prefix = f"{EVENTS}{_text(self.place.folder)}/" if self.place.folder else EVENTS
        for part in EventFile(handle, self.name, known.offset, size).parts():
            series = {prefix + tag.decode("utf-8", "backslashreplace"): item for tag, item in part.series.items()}
            yield Found(series, part.end, "", part.problems, part.waiting)


def _text(path: str) -> str:
    r"""Write a path as text whatever bytes it has: those that are none become ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
