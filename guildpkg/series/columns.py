"""Records to series: those that are alike together, the others one by one, each checked against its CRC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from guildpkg.core.series.points import Series
from guildpkg.lean import dataclass
from guildpkg.series.alike import FEW, LARGEST, Points, Rest, read_alike
from guildpkg.series.checksums import masked
from guildpkg.series.framing import FOOTER, Frames
from guildpkg.series.wire import Malformed, read_event

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


_COMMON = 0xFFFF
"""Bytes; records that are larger are not told apart, as each is read by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What records hold.

    Attributes:
        series: By tag, in the order of the records.
        bad: Records whose payload has another CRC, in order.
        foreign: Records that are sound and yet no event, in order.
    """

    series: Mapping[bytes, Series]
    bad: tuple[int, ...]
    foreign: tuple[int, ...]


def decode(data: bytes, frames: Frames) -> Decoded:
    """Read the scalars of records.

    Args:
        data: What the records lie in.
        frames: Where they lie.
    """
    pieces: list[Points] = []
    single, bad = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    kinds = np.minimum(frames.sizes, _COMMON).astype(np.uint16)
    order = np.argsort(kinds, kind="stable")
    for records in np.split(order, np.flatnonzero(np.diff(kinds[order])) + 1) if len(order) else ():
        size = int(frames.sizes[records[0]])
        if len(records) < FEW or size > LARGEST:
            single.append(records)
            continue
        for found in read_alike(data, frames.starts[records], size, records):
            if isinstance(found, Rest):
                single.append(found.single)
                bad.append(found.bad)
            else:
                pieces.append(found)
    more, wrong, foreign = _one_by_one(data, frames, np.sort(np.concatenate(single)).tolist())
    failed = sorted([*np.concatenate(bad).tolist(), *wrong])
    return Decoded(_joined([*pieces, *more]), tuple(failed), tuple(foreign))


def _one_by_one(data: bytes, frames: Frames, records: Iterable[int]) -> tuple[list[Points], list[int], list[int]]:
    """Read records as messages; give the points, the records with another CRC, and those that are no events."""
    found: dict[bytes, list[tuple[int, float, int, float]]] = {}
    bad, foreign = [], []
    for record in records:
        start, size = int(frames.starts[record]), int(frames.sizes[record])
        payload = data[start : start + size]
        if masked(payload) != int.from_bytes(data[start + size : start + size + FOOTER], "little"):
            bad.append(record)
            continue
        try:
            event = read_event(payload)
        except Malformed:
            foreign.append(record)
            continue
        for scalar in event.scalars:
            found.setdefault(scalar.tag, []).append((record, event.time, event.step, scalar.value))
    return [_points(tag, rows) for tag, rows in found.items()], bad, foreign


def _points(tag: bytes, rows: list[tuple[int, float, int, float]]) -> Points:
    records, times, steps, values = zip(*rows, strict=True)
    return Points(
        tag, np.array(records, np.int64), np.array(times, float), np.array(steps, np.int64), np.array(values, float)
    )


def _joined(pieces: Iterable[Points]) -> dict[bytes, Series]:
    """Put the points of each tag together, in the order of their records."""
    by_tag: dict[bytes, list[Points]] = {}
    for piece in pieces:
        if len(piece.records):
            by_tag.setdefault(piece.tag, []).append(piece)
    return {tag: _series(parts) for tag, parts in by_tag.items()}


def _series(parts: list[Points]) -> Series:
    if len(parts) == 1:
        (part,) = parts
        return Series(nanoseconds(part.times), part.steps, part.values)
    order = np.argsort(np.concatenate([part.records for part in parts]), kind="stable")
    times = np.concatenate([part.times for part in parts])[order]
    steps = np.concatenate([part.steps for part in parts])[order]
    return Series(nanoseconds(times), steps, np.concatenate([part.values for part in parts])[order])


def nanoseconds(seconds: Floats) -> Ints:
    """Turn seconds since the epoch into nanoseconds; what is no time of this age becomes 0."""
    sane = np.where(np.isfinite(seconds) & (seconds >= 0) & (seconds < 9.2e9), seconds, 0.0)
    return np.rint(sane * 1e9).astype(np.int64)
