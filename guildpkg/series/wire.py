"""One event as it lies in a record: its time, its step and the scalars in it.

The protocol buffers' wire format is read by hand, so that neither TensorFlow nor TensorBoard has to be there. Both
forms of a scalar are known: ``simple_value`` (TensorFlow 1, PyTorch, tensorboardX) and a tensor without dimensions
(TensorFlow 2). Everything else in an event - images, histograms, graphs - is passed over undecoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from guildpkg.lean import dataclass

LONGEST_TAG: Final = 4096
"""Bytes; a longer tag is not a name of anything."""
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_STEP, _TIME, _SUMMARY = 2, 1, 5
_TAG, _SIMPLE, _TENSOR, _METADATA = 1, 2, 8, 9
_CONTENT = 4
_FORMATS: Final = {1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 10: "<?", 17: "<H", 19: "<e"}
_FORMATS_LATER: Final = {22: "<I", 23: "<Q"}
_PACKED: Final = {5: "<f", 6: "<d"}
_VARINTS: Final = {7: 32, 10: 64, 11: 1, 16: 32, 17: 64}
"""Fields of a tensor whose values are varints: field number to bits."""
_HALF, _HALF_VALUES, _BFLOAT = 19, 13, 14
_SCALARS: Final = b"scalars"


class Malformed(ValueError):
    """These bytes are not the message that they should be."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar in an event.

    Attributes:
        tag: Its name as it was written.
        value: What it is.
        at: Where in the event its value lies, as *kind* says; -1 when it is not simply there.
        kind: ``<f`` or ``<d``.
    """

    tag: bytes
    value: float
    at: int
    kind: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event: seconds since the epoch, the step, and what scalars are in it."""

    time: float
    step: int
    scalars: tuple[Scalar, ...]


def read_event(data: bytes) -> Event:
    """Read an event.

    Raises:
        Malformed: It is none.
    """
    time, step = 0.0, 0
    scalars: list[Scalar] = []
    for number, kind, start, end in _fields(data, 0, len(data)):
        if number == _TIME and kind == _EIGHT:
            (time,) = struct.unpack_from("<d", data, start)
        elif number == _STEP and kind == _VARINT:
            step = _signed(_varint(data, start, end)[0], 64)
        elif number == _SUMMARY and kind == _BYTES:
            scalars += _summary(data, start, end)
    return Event(time, step, tuple(scalars))


def lone_scalar(data: bytes, at: int) -> Scalar | None:
    """Read the end of an event if it is a summary with one scalar, and nothing else.

    Args:
        data: The event.
        at: Where its first field behind time and step begins.
    """
    try:
        fields = list(_fields(data, at, len(data)))
        if len(fields) != 1 or fields[0][:2] != (_SUMMARY, _BYTES):
            return None
        scalars = list(_summary(data, *fields[0][2:]))
    except Malformed:
        return None
    return scalars[0] if len(scalars) == 1 and scalars[0].at >= 0 else None


def may_hold_scalars(beginning: bytes) -> bool:
    """Tell from the first bytes of an event whether a summary is in it; others have a graph or the like there."""
    at = 0
    try:
        while True:
            key, behind = _varint(beginning, at, len(beginning))
            if key >> 3 not in (_TIME, _STEP):
                return key >> 3 == _SUMMARY
            at = behind + 8 if key & 7 == _EIGHT else _varint(beginning, behind, len(beginning))[1]
    except Malformed:
        return True


def _summary(data: bytes, start: int, end: int) -> Iterator[Scalar]:
    for number, kind, at, after in _fields(data, start, end):
        if number == 1 and kind == _BYTES and (scalar := _value(data, at, after)) is not None:
            yield scalar


def _value(data: bytes, start: int, end: int) -> Scalar | None:
    """Read a value of a summary; None when it is no scalar."""
    tag, plugin = b"", b""
    found: tuple[float, int, str] | None = None
    for number, kind, at, after in _fields(data, start, end):
        if number == _TAG and kind == _BYTES:
            tag = data[at:after]
        elif number == _SIMPLE and kind == _FOUR:
            found = struct.unpack_from("<f", data, at)[0], at, "<f"
        elif number == _TENSOR and kind == _BYTES:
            found = _tensor(data, at, after)
        elif number == _METADATA and kind == _BYTES:
            plugin = _plugin(data, at, after)
    if found is None or not 0 < len(tag) <= LONGEST_TAG or plugin not in (b"", _SCALARS):
        return None
    return Scalar(tag, *found)


def _plugin(data: bytes, start: int, end: int) -> bytes:
    """Read from the metadata of a value which plug-in of TensorBoard shows it."""
    for number, kind, at, after in _fields(data, start, end):
        if number == 1 and kind == _BYTES:
            return next((data[a:b] for n, k, a, b in _fields(data, at, after) if n == 1 and k == _BYTES), b"")
    return b""


def _tensor(data: bytes, start: int, end: int) -> tuple[float, int, str] | None:
    """Read a tensor without dimensions; None when it has some, or holds no numbers."""
    kind_of, found = 0, None
    for number, kind, at, after in _fields(data, start, end):
        if number == 1 and kind == _VARINT:
            kind_of = _varint(data, at, after)[0]
        elif number == 2 and kind == _BYTES and any(n in (2, 3) for n, *_ in _fields(data, at, after)):
            return None
        elif number == _CONTENT and kind == _BYTES and after > at:
            found = _content(data, at, after, kind_of)
        elif number in _PACKED:
            found = _first(data, at, after, _PACKED[number])
        elif number in _VARINTS or number == _HALF_VALUES:
            found = _number(_varint(data, at, after)[0], number, kind_of), -1, ""
    return found or ((0.0, -1, "") if kind_of in (_FORMATS | _FORMATS_LATER) or kind_of == _BFLOAT else None)


def _content(data: bytes, at: int, after: int, kind_of: int) -> tuple[float, int, str]:
    if kind_of == _BFLOAT and after - at == 2:
        return struct.unpack("<f", b"\0\0" + data[at:after])[0], -1, ""
    form = (_FORMATS | _FORMATS_LATER).get(kind_of, "")
    if not form or struct.calcsize(form) != after - at:
        raise Malformed("a tensor of another size than its type has")
    return float(struct.unpack_from(form, data, at)[0]), at if form in _PACKED.values() else -1, form


def _first(data: bytes, at: int, after: int, form: str) -> tuple[float, int, str] | None:
    if after - at < struct.calcsize(form):
        return None
    return struct.unpack_from(form, data, at)[0], at, form


def _number(value: int, number: int, kind_of: int) -> float:
    if number == _HALF_VALUES:
        bits = value & 0xFFFF
        if kind_of == _HALF:
            return float(struct.unpack("<e", bits.to_bytes(2, "little"))[0])
        return float(struct.unpack("<f", b"\0\0" + bits.to_bytes(2, "little"))[0])
    unsigned = number > 11
    return float(value if unsigned else _signed(value, 64))


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Give number, wire type, and the range of the content of each field of a message."""
    while at < end:
        key, at = _varint(data, at, end)
        kind = key & 7
        if kind == _BYTES:
            size, at = _varint(data, at, end)
            after = at + size
        elif kind == _VARINT:
            after = _varint(data, at, end)[1]
        elif kind in (_EIGHT, _FOUR):
            after = at + (8 if kind == _EIGHT else 4)
        else:
            raise Malformed(f"a field of the wire type {kind}")
        if after > end:
            raise Malformed("a field that ends behind its message")
        yield key >> 3, kind, at, after
        at = after


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Read a number of variable length; give it and what comes behind it."""
    result = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise Malformed("a number that does not end")
        byte = data[at]
        result |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return result & 0xFFFF_FFFF_FFFF_FFFF, at
    raise Malformed("a number of more than ten bytes")


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >= 1 << (bits - 1) else value
