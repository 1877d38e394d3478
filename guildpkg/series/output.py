"""The output of a run as a source of series, for scripts that only print; its keys are ``out/<key>``.

The patterns are those of `core.project.model.Operation.output_scalars`, as they stand in the run's record. A line gets
the time at which its end came; a carriage return ends a line too. Its step is the last one that a pattern found, else
the number of values that its key had before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, field
from pathlib import Path
from typing import Final

from guildpkg.core.runs.output import SIZE, Piece, pieces
from guildpkg.core.runs.record import OutputScalar
from guildpkg.core.series.keys import OUTPUT
from guildpkg.core.series.points import Series, series
from guildpkg.core.series.printed import KEY, NUMBER, PRINTED
from guildpkg.lean import dataclass
from guildpkg.series.places import Place, opened
from guildpkg.series.source import Found
from guildpkg.series.wire import LONGEST_TAG
from guildpkg.stores.scalars import Known

LONGEST_LINE: Final = 1 << 16
"""Bytes of a line; the rest of a longer one is not searched."""
_CHUNK: Final = 1 << 20
_RECORDS: Final = 4096
_STEP: Final = "step"
_END = re.compile(rb"[\r\n]+")
MOST_KEYS: Final = 200
"""Keys that the output of a run may have; what prints more does not report numbers."""
DEFAULT: Final = tuple(OutputScalar(*item) for item in PRINTED)
_PLAIN = re.compile(rf"\n({KEY}):[ \t]+({NUMBER})[ \t]*(?=\n)".encode())
"""The default over many lines at once: most runs have no other patterns, and some print hundreds of megabytes."""


@dataclass(slots=True)
class State:
    """What is remembered between two readings.

    Attributes:
        index: Where in the index the last record begins that was looked at.
        step: The last step that a pattern found.
        counts: Values so far, by key.
        begun: Beginning of the line that has not ended yet, by stream, as Latin-1.
    """

    index: int = 0
    step: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    begun: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Printed:
    """The output of a run.

    Attributes:
        folder: The run's folder.
        place: The file in it.
        patterns: What in its lines are scalars.
        over: Whether the run is over, so that its last line ends where the output does.
    """

    folder: Path
    place: Place
    patterns: tuple[OutputScalar, ...]
    over: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.place.path

    @property
    def stamp(self) -> str:
        """What it is like now."""
        return f"{self.place.stamp}{' over' if self.over else ''}"

    @property
    def size(self) -> int:
        """Bytes."""
        return self.place.size

    def open(self) -> AbstractContextManager[int]:
        """Open it; see `source.Source`."""
        return opened(self.folder, self.name)

    def read(self, handle: int, known: Known, size: int) -> Iterator[Found]:
        """Read on; see `source.Source`."""
        state = State(**json.loads(known.state)) if known.state else State()
        finder = Finder(compiled(self.patterns), state, plain=self.patterns == DEFAULT)
        offset = known.offset
        with opened(self.folder, f"{self.name}.index") as index:
            for block, piece in _pieces(index, state.index, size):
                state.index = block
                for start in range(max(piece.start, offset), piece.end, _CHUNK):
                    data = os.pread(handle, min(_CHUNK, piece.end - start), start)
                    finder.take(piece.stream, piece.time, data)
                    offset = start + len(data)
                if finder.points >= _RECORDS:
                    yield Found(finder.series(), offset, json.dumps(asdict(state)))
        if self.over:
            finder.end()
        yield Found(finder.series(), offset, json.dumps(asdict(state)))


def compiled(patterns: Sequence[OutputScalar]) -> list[tuple[str, re.Pattern[str]]]:
    """Compile patterns; one of an older or damaged record that is none finds nothing."""
    found = []
    for item in patterns:
        try:
            found.append((item.key, re.compile(item.pattern)))
        except (re.error, OverflowError, RecursionError):
            continue
    return found


def _pieces(index: int, begin: int, size: int) -> Iterator[tuple[int, Piece]]:
    """Read an index block by block; give each piece with the place of its block's last record."""
    while True:
        block = os.pread(index, (_RECORDS + 1) * SIZE, begin)
        whole = len(block) // SIZE
        last = begin + max(whole - 1, 0) * SIZE
        full = whole > _RECORDS
        # the last record of a full block only says where the piece before it ends; the next block begins with it
        end = int.from_bytes(block[_RECORDS * SIZE + 8 : _RECORDS * SIZE + 16], "little") if full else size
        for piece in pieces(block[: _RECORDS * SIZE] if full else block, min(end, size)):
            yield last, piece
        if not full:
            return
        begin = last


@dataclass(slots=True)
class Finder:
    """Finds scalars in lines; *plain* says that the patterns are the default."""

    patterns: list[tuple[str, re.Pattern[str]]]
    state: State
    plain: bool = False
    points: int = 0
    _found: dict[str, list[tuple[int, int, float]]] = field(default_factory=dict)
    _time: int = 0

    def take(self, stream: str, time: int, data: bytes) -> None:
        """Take more of a stream in."""
        self._time = time
        begun = self.state.begun.get(stream, "").encode("latin-1")
        whole = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if whole:
            self._lines(begun + data[:whole])
            begun = b""
        self.state.begun[stream] = (begun + data[whole:])[:LONGEST_LINE].decode("latin-1")

    def _lines(self, data: bytes) -> None:
        """Take lines that have ended."""
        if self.plain:
            for match in _PLAIN.finditer(b"\n" + data.replace(b"\r", b"\n")):
                self._take([(match[1].decode("utf-8", "replace"), float(match[2]))])
            return
        for line in _END.split(data)[:-1]:
            self._line(line)

    def end(self) -> None:
        """Take what was begun as lines."""
        for text in self.state.begun.values():
            self._lines(text.encode("latin-1") + b"\n")
        self.state.begun = {}

    def _line(self, line: bytes) -> None:
        text = line[:LONGEST_LINE].decode("utf-8", "replace")
        self._take(
            [pair for key, pattern in self.patterns if (match := pattern.search(text)) for pair in _pairs(key, match)]
        )

    def _take(self, values: Sequence[tuple[str, float]]) -> None:
        """Take the values of one line."""
        for key, value in values:
            if key == _STEP and abs(value) < 2**63:
                self.state.step = int(value)
        for key, value in values:
            if key != _STEP and 0 < len(key) <= LONGEST_TAG and self._has_room(key):
                self._found.setdefault(OUTPUT + key, []).append((self._time, self._next(key), value))
                self.points += 1

    def _has_room(self, key: str) -> bool:
        return key in self.state.counts or len(self.state.counts) < MOST_KEYS

    def _next(self, key: str) -> int:
        self.state.counts[key] = self.state.counts.get(key, -1) + 1
        return self.state.counts[key] if self.state.step is None else self.state.step

    def series(self) -> dict[str, Series]:
        """Give what was found since the last time."""
        found, self._found, self.points = self._found, {}, 0
        return {key: series(*zip(*rows, strict=True)) for key, rows in found.items()}


def _pairs(key: str, match: re.Match[str]) -> Iterator[tuple[str, float]]:
    """Give what a match says: keys and values."""
    groups = match.groupdict()
    if key:
        found = [(key, match[1])]
    elif "_key" in groups and "_val" in groups:
        found = [(groups["_key"], groups["_val"])]
    else:
        found = list(groups.items()) or [(match[1], match[2])]
    for name, text in found:
        try:
            yield name or "", float(text or "")
        except ValueError:
            continue
