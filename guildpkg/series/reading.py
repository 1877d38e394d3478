"""An event file, read on from where an earlier reading stopped.

A record at the end of a file may be half-written: reading stops before it, and it is read when it is whole. A record
that is damaged in the middle is named and passed over. Of a file that is open for writing only what was there at the
beginning is read, so that reading ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from guildpkg.core.series.points import Problem, Series
from guildpkg.lean import dataclass
from guildpkg.series.columns import Decoded, decode
from guildpkg.series.framing import FOOTER, HEADER, Frames, first_sound, split
from guildpkg.series.wire import may_hold_scalars

CHUNK: Final = 2 << 20
"""Bytes that are read at a time."""
LARGEST: Final = 16 << 20
"""Bytes of a record; a larger one is passed over."""
_PEEK: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a part of a file holds.

    Attributes:
        series: The scalars in it, by tag.
        end: Where to read on.
        problems: What was passed over.
        waiting: What keeps the rest from being read, as long as nothing is added to the file.
    """

    series: Mapping[bytes, Series]
    end: int
    problems: tuple[Problem, ...] = ()
    waiting: Problem | None = None


@dataclass(slots=True)
class EventFile:
    """An event file that is being read.

    Attributes:
        handle: Its descriptor.
        name: The file as messages are to name it.
        offset: Where to read on.
        size: Where to stop.
    """

    handle: int
    name: str
    offset: int
    size: int
    _wanted: int = field(default=CHUNK)

    def parts(self) -> Iterator[Part]:
        """Read it to its end, part by part."""
        while self.offset + HEADER + FOOTER <= self.size:
            data = self._read(self.offset, self._wanted)
            if len(data) < HEADER + FOOTER:
                return
            frames = split(data)
            decoded = decode(data, frames)
            unsure = _is_unsure(frames, decoded, len(data))
            part = self._part(frames, decoded, unsure=unsure)
            if part is None:
                part = self._beyond(frames, len(data), unsure=unsure)
            if part is not None:
                yield part
                self.offset, self._wanted = part.end, CHUNK
                if part.waiting:
                    return

    def _part(self, frames: Frames, decoded: Decoded, *, unsure: bool) -> Part | None:
        """Give what could be read; None when that is nothing."""
        end = int(frames.starts[-1]) - HEADER if unsure else frames.end
        if not end:
            return None
        bad = decoded.bad[:-1] if unsure else decoded.bad
        problems = [self._problem(start, f"{end - start} bytes are no record") for start, end in frames.gaps]
        for records, reason in (
            (bad, "a record with a wrong checksum"),
            (decoded.foreign, "a record that is no event"),
        ):
            problems += [self._problem(int(frames.starts[record]) - HEADER, reason) for record in records]
        ordered = sorted(problems, key=lambda problem: problem.offset)
        return Part(decoded.series, self.offset + end, tuple(ordered))

    def _beyond(self, frames: Frames, got: int, *, unsure: bool) -> Part | None:
        """Get behind what cannot be read; None when it takes more bytes to say what that is."""
        left = self.size - self.offset
        if unsure:
            self._wanted = got + HEADER
            return self._wait("the last record has a wrong checksum") if got >= left else None
        if not frames.needed:
            return self._search(got)
        if frames.needed > left:
            return self._wait(f"the last record has {left} of {frames.needed} bytes")
        self._wanted = frames.needed + HEADER
        if frames.needed <= LARGEST:
            return None
        silent = not may_hold_scalars(self._read(self.offset + HEADER, _PEEK))
        problem = self._problem(0, f"a record of {frames.needed} bytes is too large to be read")
        return Part({}, self.offset + frames.needed, () if silent else (problem,))

    def _search(self, got: int) -> Part:
        """Look for the next record behind damage."""
        at = self.offset + max(got - HEADER, 1)
        while len(data := self._read(at, CHUNK)) > HEADER:
            found = first_sound(data)
            if found >= 0:
                problem = self._problem(0, f"{at + found - self.offset} bytes are no record")
                return Part({}, at + found, (problem,))
            at += len(data) - HEADER
        return self._wait(f"{self.size - self.offset} bytes at the end are no record")

    def _wait(self, reason: str) -> Part:
        return Part({}, self.offset, (), self._problem(0, reason))

    def _problem(self, start: int, reason: str) -> Problem:
        return Problem(self.name, self.offset + start, reason)

    def _read(self, offset: int, size: int) -> bytes:
        wanted, parts = min(size, self.size - offset), []
        while wanted > 0 and (data := os.pread(self.handle, wanted, offset)):
            parts.append(data)
            wanted, offset = wanted - len(data), offset + len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _is_unsure(frames: Frames, decoded: Decoded, size: int) -> bool:
    """Tell whether the last record fails its CRC and nothing behind it says that it ends there."""
    last = len(frames.starts) - 1
    return bool(decoded.bad) and decoded.bad[-1] == last and not frames.needed and frames.end + HEADER > size
