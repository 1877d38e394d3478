r"""The statistics of a run: a compact file that only grows.

It begins with ``guildpkg-stats-1\n``. Each record is: length of the body and its CRC-32 (unsigned 32 bits each), then
the body. A body begins with ``K`` (a key gets a number: unsigned 16 bits, then the key in UTF-8) or ``S`` (a sample:
time in nanoseconds as unsigned 64 bits, then pairs of key number, unsigned 16 bits, and value, a double). All
little-endian. A torn record at the end is not there yet; what is damaged in the middle is passed over.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from guildpkg.lean import dataclass

HEADER: Final = b"guildpkg-stats-1\n"
LONGEST: Final = 1 << 16
"""Bytes of a body; a length above it is damage."""
_FRAME: Final = struct.Struct("<II")
_KEY: Final = struct.Struct("<H")
_TIME: Final = struct.Struct("<Q")
_PAIR: Final = struct.Struct("<Hd")


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured at one moment: nanoseconds since the epoch, and value by key."""

    time: int
    values: Mapping[str, float]


@dataclass(slots=True)
class Encoder:
    """Writes samples; it remembers which keys have their number already."""

    numbers: dict[str, int] = field(default_factory=dict)

    def encode(self, sample: Sample) -> bytes:
        """Write a sample, and before it the keys that are new."""
        body, new = [b"S", _TIME.pack(sample.time)], []
        for key, value in sample.values.items():
            if key not in self.numbers:
                self.numbers[key] = len(self.numbers)
                new.append(_framed(b"K" + _KEY.pack(self.numbers[key]) + key.encode()))
            body.append(_PAIR.pack(self.numbers[key], value))
        return b"".join([*new, _framed(b"".join(body))])


@dataclass(slots=True)
class Decoder:
    """Reads what is given to it piece by piece.

    Attributes:
        taken: Bytes of the file that are done with: where to read on.
        names: Keys by number.
        damaged: Records that were passed over.
    """

    taken: int = 0
    names: dict[int, str] = field(default_factory=dict)
    damaged: int = 0

    def feed(self, data: bytes) -> list[Sample]:
        """Read more of the file.

        Args:
            data: What follows behind the first `taken` bytes; what is incomplete has to be given again.

        Returns:
            The samples in it.
        """
        at, samples = 0, []
        if not self.taken:
            if not data.startswith(HEADER):
                return []
            at = len(HEADER)
        while (record := _next_record(data, at)) is not None:
            start, end = record
            self.damaged += start > at
            samples += self._body(data[start + _FRAME.size : end])
            at = end
        self.taken += at
        return samples

    def _body(self, body: bytes) -> list[Sample]:
        if body[:1] == b"K" and len(body) > 1 + _KEY.size:
            self.names[_KEY.unpack_from(body, 1)[0]] = body[1 + _KEY.size :].decode(errors="replace")
            return []
        pairs = body[1 + _TIME.size :]
        if body[:1] != b"S" or len(body) < 1 + _TIME.size or len(pairs) % _PAIR.size:
            self.damaged += 1
            return []
        values = {self.names[n]: value for n, value in _PAIR.iter_unpack(pairs) if n in self.names}
        return [Sample(_TIME.unpack_from(body, 1)[0], values)]


def _next_record(data: bytes, at: int) -> tuple[int, int] | None:
    """Find the first whole and sound record from *at* on: where it begins and ends; what is before it is damaged."""
    for place in range(at, len(data) - _FRAME.size):
        length, checksum = _FRAME.unpack_from(data, place)
        end = place + _FRAME.size + length
        if 0 < length <= LONGEST and end <= len(data) and zlib.crc32(data[place + _FRAME.size : end]) == checksum:
            return place, end
    return None


def _framed(body: bytes) -> bytes:
    return _FRAME.pack(len(body), zlib.crc32(body)) + body
