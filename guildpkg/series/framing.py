"""Record files: which bytes are a record, found for all of them at once, also behind damage.

A record is its length (8 bytes, little-endian), the masked CRC-32C of those, the payload, and the masked CRC-32C of
that. Every place whose twelve bytes are a length with its right CRC is a candidate; a file in order is a chain of
candidates, each of which ends where the next one begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from guildpkg.series.checksums import masked, of_lengths, unmask

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

HEADER: Final = 12
FOOTER: Final = 4
_TOP: Final = 4
"""A length is below 4 GiB: its upper bytes are zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What was found in some bytes.

    Attributes:
        starts: Where each payload begins, shape (n,). Payloads are not checked against their CRC.
        sizes: Bytes of each payload, shape (n,).
        end: Where the last record ends; what follows is the beginning of one, or damage.
        needed: Bytes from *end* on that are needed to see the whole next record; 0 when none begins there.
        gaps: Where damage between records begins and ends.
    """

    starts: Ints
    sizes: Ints
    end: int
    needed: int
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """Places where a record may begin, in order; *ends* is where it would end."""

    places: Ints
    ends: Ints

    def payload(self, data: bytes, index: int) -> bytes:
        return data[int(self.places[index]) + HEADER : int(self.ends[index]) - FOOTER]

    def is_sound(self, data: bytes, index: int) -> bool:
        """Check the payload of one against its CRC; one that ends behind *data* may be sound."""
        end = int(self.ends[index])
        stored = int.from_bytes(data[end - FOOTER : end], "little")
        return end > len(data) or masked(self.payload(data, index)) == stored


def split(data: bytes) -> Frames:
    """Find the records in some bytes, the first of which begins at the first byte.

    Args:
        data: A part of a file.
    """
    found = _candidates(data)
    breaks = np.flatnonzero(np.append(found.places[1:] != found.ends[:-1], True)) if len(found.places) else ()
    chains: list[tuple[int, int]] = []
    gaps: list[tuple[int, int]] = []
    at, needed = 0, 0
    while at + HEADER <= len(data) and not needed:
        first = int(np.searchsorted(found.places, at))
        if first < len(found.places) and found.places[first] == at:
            last = int(breaks[np.searchsorted(breaks, first)])
            at, needed = _chain_end(found, last, len(data))
            chains.append((first, last if needed else last + 1))
            continue
        at = _without_torn(data, found, chains, at)
        sound = _next_sound(data, found, at)
        if sound < 0:
            break
        gaps.append((at, int(found.places[sound])))
        at = gaps[-1][1]
    taken = np.concatenate([np.arange(*chain) for chain in chains]) if chains else np.zeros(0, np.int64)
    starts = found.places[taken] + HEADER
    return Frames(starts, found.ends[taken] - FOOTER - starts, at, needed, tuple(gaps))


def first_sound(data: bytes) -> int:
    """Find the first record in some bytes of which nothing is known; -1 when there is none."""
    found = _candidates(data)
    index = _next_sound(data, found, -1)
    return int(found.places[index]) if index >= 0 else -1


def _candidates(data: bytes) -> _Candidates:
    """Find every place whose twelve bytes are a length and its CRC."""
    octets = np.frombuffer(data, np.uint8)
    if len(octets) < HEADER:
        return _Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64))
    zero = octets[_TOP : len(octets) - HEADER + 8] == 0
    pairs = zero[:-1] & zero[1:]
    places = np.flatnonzero(pairs[:-2] & pairs[2:])
    words = np.lib.stride_tricks.sliding_window_view(octets, 4)
    lengths = np.ascontiguousarray(words[places]).view("<u4")[:, 0]
    stored = np.ascontiguousarray(words[places + 8]).view("<u4")[:, 0]
    right = of_lengths(lengths) == unmask(stored)
    places = places[right]
    return _Candidates(places, places + lengths[right].astype(np.int64) + HEADER + FOOTER)


def _chain_end(found: _Candidates, last: int, size: int) -> tuple[int, int]:
    """Say where a chain ends, and what its last record needs when it ends behind what is there."""
    place, end = int(found.places[last]), int(found.ends[last])
    return (place, end - place) if end > size else (end, 0)


def _without_torn(data: bytes, found: _Candidates, chains: list[tuple[int, int]], at: int) -> int:
    """Take back the record before damage if it is damaged itself: what seems to be its payload may hold the next.

    Returns:
        Where the damage begins.
    """
    if chains and chains[-1][0] < chains[-1][1] and not found.is_sound(data, chains[-1][1] - 1):
        chains[-1] = chains[-1][0], chains[-1][1] - 1
        return int(found.places[chains[-1][1]])
    return at


def _next_sound(data: bytes, found: _Candidates, at: int) -> int:
    """Find the next candidate behind damage whose payload has its CRC; -1 when there is none."""
    first = int(np.searchsorted(found.places, at + 1))
    return next((index for index in range(first, len(found.places)) if found.is_sound(data, index)), -1)
