"""The index of a run's output: 24-byte records that say when which bytes came from which stream.

``output`` holds the bytes of both streams as they came. A record of ``output.index`` is time (unsigned 64 bits,
nanoseconds since the epoch), offset of the chunk's first byte in ``output`` (unsigned 64 bits) and stream (unsigned
64 bits: 1 for stdout, 2 for stderr), little-endian. A chunk ends where the next one begins. Bytes are written before
their record: after a kill, bytes behind the last record belong to nobody knows which stream, and are taken as stdout.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from guildpkg.lean import dataclass

STREAMS: Final = {"stdout": 1, "stderr": 2}
_NAMES: Final = {number: name for name, number in STREAMS.items()}
_RECORD: Final = struct.Struct("<QQQ")
SIZE: Final = _RECORD.size


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk of output: when it came (nanoseconds), its bytes as a range of ``output``, its stream."""

    time: int
    start: int
    end: int
    stream: str


def pack(time: int, offset: int, stream: str) -> bytes:
    """Write one record."""
    return _RECORD.pack(time, offset, STREAMS[stream])


def offset_of(record: bytes) -> int:
    """Read of a record where its chunk begins; 0 for a torn one."""
    return int(_RECORD.unpack(record)[1]) if len(record) == SIZE else 0


def pieces(index: bytes, size: int) -> Iterator[Piece]:
    """Read an index.

    Args:
        index: Its content; what is left of a torn record at the end is ignored.
        size: Size of ``output``.

    Yields:
        The chunks in order, never overlapping and never beyond *size*; records that make no sense are passed over.
    """
    whole = len(index) // SIZE * SIZE
    before: tuple[int, int, str] | None = None
    for time, offset, stream in _RECORD.iter_unpack(index[:whole]):
        if stream not in _NAMES or offset > size or (before and offset < before[1]):
            continue
        if before and offset > before[1]:
            yield Piece(before[0], before[1], offset, before[2])
        elif before is None and offset:
            yield Piece(time, 0, offset, "stdout")
        before = time, offset, _NAMES[stream]
    if before and before[1] < size:
        yield Piece(before[0], before[1], size, before[2])
    elif before is None and size:
        yield Piece(0, 0, size, "stdout")
