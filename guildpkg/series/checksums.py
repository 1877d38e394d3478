"""CRC-32C in the masked form that record files use, and tables that give it for many rows of bytes at once.

The CRC is linear over GF(2): the CRC of a row differs from that of another row of its length by one look-up for each
byte that differs, in the table of that byte's distance from the end. Rows that differ in a few places only, as events
of one series do, cost a few look-ups each.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import google_crc32c
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint32]

_DELTA: Final = 0xA282EAD8
LENGTH_SIZE: Final = 8


def masked(data: bytes) -> int:
    """Compute the masked CRC-32C of some bytes."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _DELTA) & 0xFFFF_FFFF


def mask(checksums: Words) -> Words:
    """Turn plain CRCs into masked ones."""
    return (checksums >> np.uint32(15) | checksums << np.uint32(17)) + np.uint32(_DELTA)


def unmask(checksums: Words) -> Words:
    """Turn masked CRCs into plain ones."""
    plain = checksums - np.uint32(_DELTA)
    return plain << np.uint32(15) | plain >> np.uint32(17)


def plain(data: bytes) -> np.uint32:
    """Compute the CRC-32C of some bytes."""
    return np.uint32(google_crc32c.value(data))


@functools.cache
def table(distance: int) -> Words:
    """Give what each difference in a byte adds to the CRC when *distance* bytes follow; shape (256,)."""
    zeros = bytes(distance)
    bits = [google_crc32c.value(bytes([1 << bit]) + zeros) ^ google_crc32c.value(b"\0" + zeros) for bit in range(8)]
    found = np.zeros(256, np.uint32)
    for bit, value in enumerate(bits):
        found[1 << bit : 2 << bit] = found[: 1 << bit] ^ np.uint32(value)
    return found
