"""Records that are alike, read all at once: same size, same bytes but for time, step and value.

One of them is read as a message (`wire`); what was found there holds for the others, whose bytes are compared with
its bytes. Nothing is guessed: a record that is not alike is left to be read by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from guildpkg.lean import dataclass
from guildpkg.series.checksums import plain, table, unmask
from guildpkg.series.wire import Scalar, lone_scalar

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

FEW: Final = 8
"""Records that are read one by one, as that is faster."""
LARGEST: Final = 512
"""Bytes of a record that is read here."""
_ROUNDS: Final = 8
_TIME, _STEP, _VARINT = 1, 10, 10
_TIME_FIELD, _STEP_FIELD = 0x09, 0x10
_FOOTER: Final = 4
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of one tag.

    Attributes:
        tag: Its name.
        records: The record that each point came from, shape (n,).
        times: Seconds since the epoch, shape (n,).
        steps: Shape (n,).
        values: Shape (n,).
    """

    tag: bytes
    records: Ints
    times: Floats
    steps: Ints
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """Records that could not be read here: *single* are to be read one by one, *bad* have another CRC."""

    single: Ints
    bad: Ints


def read_alike(data: bytes, starts: Ints, size: int, records: Ints) -> Iterator[Points | Rest]:
    """Read records of one size.

    Args:
        data: The bytes that they lie in.
        starts: Where the payload of each begins, shape (n,).
        size: Bytes of each payload.
        records: Their numbers, shape (n,).
    """
    width = size + _FOOTER
    # rows at each byte, without copying; those chosen are copied
    windows = np.ndarray((len(data) - width + 1,), f"V{width}", data, 0, (1,))
    rows = windows[starts].view(np.uint8).reshape(-1, width)
    heads = _heads(rows, size)
    # with counts: without them numpy loads its masked arrays, which takes longer than to read many a file
    distinct, _ = np.unique(heads, return_counts=True)
    for head in distinct.tolist():
        chosen = np.flatnonzero(heads == head)
        if head == 0:
            yield Rest(records[chosen], records[:0])
        else:
            yield from _same_head(rows[chosen], head, size, records[chosen])


def _heads(rows: Bytes, size: int) -> Ints:
    """Say where time and step end and the rest of each event begins; 0 where they do not come first."""
    if size < _STEP + _VARINT:
        return np.zeros(len(rows), np.int64)
    goes_on = rows[:, _STEP : _STEP + _VARINT] >= 0x80
    behind_step = _STEP + 1 + np.argmin(goes_on, axis=1)
    heads = np.where(rows[:, _STEP - 1] == _STEP_FIELD, behind_step, _STEP - 1)
    return np.where(rows[:, 0] == _TIME_FIELD, heads, 0)


def _same_head(rows: Bytes, head: int, size: int, records: Ints) -> Iterator[Points | Rest]:
    left = np.arange(len(rows))
    single: list[int] = []
    for _ in range(_ROUNDS):
        if len(left) < FEW:
            break
        first = _scalar(rows[left[0]], head, size)
        if first is None:
            single.append(int(left[0]))
            left = left[1:]
            continue
        taken = np.zeros(len(left), np.bool_)
        for scalar, members in _classes(rows[left], head, size, first):
            taken[members] = True
            yield from _points(rows[left[members]], head, size, scalar, records[left[members]])
        left = left[~taken]
    yield Rest(records[np.append(np.array(single, np.int64), left)], records[:0])


def _scalar(row: Bytes, head: int, size: int) -> Scalar | None:
    return lone_scalar(row[:size].tobytes(), head)


def _width(scalar: Scalar) -> int:
    return 8 if scalar.kind == "<d" else 4


def _classes(rows: Bytes, head: int, size: int, first: Scalar) -> Iterator[tuple[Scalar, Ints]]:
    """Sort rows into those that are alike; rows whose value lies elsewhere than that of *first* are left out."""
    fixed = np.zeros((len(rows), (size - head + 7) // 8 * 8), np.uint8)
    fixed[:, : size - head] = rows[:, head:size]
    fixed[:, first.at - head : first.at - head + _width(first)] = 0
    words = fixed.view(np.uint64)
    factors = _MIX * np.arange(1, 2 * words.shape[1], 2, dtype=np.uint64)
    # the sum only brings alike rows together: whether they are, their bytes decide
    sums, which = np.unique(words @ factors, return_inverse=True)
    which = which.astype(np.min_scalar_type(len(sums)))
    order = np.argsort(which, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        leader = members[0]
        scalar = _scalar(rows[leader], head, size)
        if scalar is not None and scalar.at == first.at and scalar.kind == first.kind:
            yield scalar, members[(words[members] == words[leader]).all(axis=1)]


def _points(rows: Bytes, head: int, size: int, scalar: Scalar, records: Ints) -> Iterator[Points | Rest]:
    """Read rows that are alike."""
    stored = np.ascontiguousarray(rows[:, size:]).view("<u4")[:, 0]
    value_at = range(scalar.at, scalar.at + _width(scalar))
    differing = [*range(_TIME, _TIME + 8), *range(_STEP, head), *value_at]
    right = _checksums(rows, size, differing) == unmask(stored)
    if not right.all():
        yield Rest(records[:0], records[~right])
        rows, records = rows[right], records[right]
    times = np.ascontiguousarray(rows[:, _TIME : _TIME + 8]).view("<f8")[:, 0]
    values = np.ascontiguousarray(rows[:, scalar.at : value_at.stop]).view(scalar.kind.replace("f", "f4"))[:, 0]
    yield Points(scalar.tag, records, times, _steps(rows[:, _STEP:head]), values.astype(np.float64))


def _checksums(rows: Bytes, size: int, differing: list[int]) -> npt.NDArray[np.uint32]:
    """Compute the CRC of each row from that of the first, and from what differs."""
    result = np.full(len(rows), plain(rows[0, :size].tobytes()))
    for place in differing:
        result ^= table(size - 1 - place)[rows[:, place] ^ rows[0, place]]
    return result


def _steps(octets: Bytes) -> Ints:
    """Read numbers of variable length, all of one width, shape (n, width); no bytes mean 0."""
    result = np.zeros(len(octets), np.uint64)
    for place in range(octets.shape[1]):
        result |= (octets[:, place] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * place)
    return result.view(np.int64)
