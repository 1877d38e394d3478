"""Record files: which bytes are a record, found for all of them at once, also behind damage.

A record is its length (8 bytes, little-endian), the masked CRC-32C of those, the payload, and the masked CRC-32C of
that. Every place whose twelve bytes are a length with its right CRC is a candidate; a file in order is a chain of
candidates, each of which ends where the next one begins.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from guildpkg.lean import dataclass
from guildpkg.series.checksums import LENGTH_SIZE, mask, masked, plain, table

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

HEADER: Final = 12
FOOTER: Final = 4
_NEVER: Final = 1 << 62
_COMMON: Final = 1 << 16
"""Lengths below this are found wherever they stand; longer records are found behind another one only."""


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
class _Records:
    """Records, or what may be some, in order: where they begin and where they would end."""

    places: Ints
    ends: Ints


def split(data: bytes) -> Frames:
    """Find the records in some bytes, the first of which begins at the first byte.

    Args:
        data: A part of a file.
    """
    found = _candidates(data)
    breaks = np.flatnonzero(np.append(found.places[1:] != found.ends[:-1], True)) if len(found.places) else ()
    chains: list[_Records] = []
    gaps: list[tuple[int, int]] = []
    at = 0
    while at + HEADER <= len(data):
        first = int(np.searchsorted(found.places, at))
        if first < len(found.places) and found.places[first] == at:
            last = int(breaks[np.searchsorted(breaks, first)]) + 1
            chains.append(_Records(found.places[first:last], found.ends[first:last]))
        elif (end := _end_at(data, at)) > at:
            chains.append(_Records(np.array([at]), np.array([end])))
        else:
            at = _without_torn(data, chains, at)
            sound = _next_sound(data, found, at)
            if sound < 0:
                break
            gaps.append((at, sound))
            at = sound
            continue
        at = int(chains[-1].ends[-1])
    return _frames(chains, at, len(data), gaps)


def _frames(chains: list[_Records], end: int, size: int, gaps: list[tuple[int, int]]) -> Frames:
    """Put chains together; a last record that is not all there is left out."""
    places = np.concatenate([chain.places for chain in chains] or [np.zeros(0, np.int64)])
    ends = np.concatenate([chain.ends for chain in chains] or [np.zeros(0, np.int64)])
    needed = 0
    if end > size:
        needed, end = int(ends[-1] - places[-1]), int(places[-1])
        places, ends = places[:-1], ends[:-1]
    return Frames(places + HEADER, ends - places - HEADER - FOOTER, end, needed, tuple(gaps))


def first_sound(data: bytes) -> int:
    """Find the first record in some bytes of which nothing is known; -1 when there is none."""
    return _next_sound(data, _candidates(data), -1)


def _candidates(data: bytes) -> _Records:
    """Find every place whose twelve bytes are a common length and its CRC."""
    places = np.zeros(0, np.int64)
    if len(data) < HEADER:
        return _Records(places, places)
    # every eight bytes, at each byte, as a number
    numbers = np.ndarray((len(data) - HEADER + 1,), "<u8", data, 0, (1,))
    checksums = np.ndarray((len(data) - HEADER + 1,), "<u4", data, 8, (1,))
    places = np.flatnonzero(numbers < np.uint64(_COMMON))
    lengths = numbers[places].astype(np.int64)
    right = _length_checksums()[lengths] == checksums[places]
    places = places[right]
    return _Records(places, places + lengths[right] + HEADER + FOOTER)


@functools.cache
def _length_checksums() -> npt.NDArray[np.uint32]:
    """Give the masked CRC of each common length, shape (_COMMON,)."""
    lengths = np.arange(_COMMON)
    low, high = table(LENGTH_SIZE - 1)[lengths & 0xFF], table(LENGTH_SIZE - 2)[lengths >> 8]
    return mask(low ^ high ^ plain(bytes(LENGTH_SIZE)))


def _end_at(data: bytes, at: int) -> int:
    """Say where the record at a place ends, however long it is; 0 when none begins there."""
    length = data[at : at + LENGTH_SIZE]
    right = masked(length) == int.from_bytes(data[at + LENGTH_SIZE : at + HEADER], "little")
    end = at + int.from_bytes(length, "little") + HEADER + FOOTER
    return end if right and end < _NEVER else 0


def _is_sound(data: bytes, place: int, end: int) -> bool:
    """Check the payload of a record against its CRC; one that ends behind *data* may be sound."""
    stored = int.from_bytes(data[end - FOOTER : end], "little")
    return end > len(data) or masked(data[place + HEADER : end - FOOTER]) == stored


def _without_torn(data: bytes, chains: list[_Records], at: int) -> int:
    """Take back the record before damage if it is damaged itself: what seems to be its payload may hold the next.

    Returns:
        Where the damage begins.
    """
    if not chains or not len(chains[-1].places):
        return at
    place, end = int(chains[-1].places[-1]), int(chains[-1].ends[-1])
    if end != at or _is_sound(data, place, end):
        return at
    chains[-1] = _Records(chains[-1].places[:-1], chains[-1].ends[:-1])
    return place


def _next_sound(data: bytes, found: _Records, at: int) -> int:
    """Find the next record behind damage whose payload has its CRC; -1 when there is none."""
    first = int(np.searchsorted(found.places, at + 1))
    pairs = zip(found.places[first:].tolist(), found.ends[first:].tolist(), strict=True)
    return next((place for place, end in pairs if _is_sound(data, place, end)), -1)
