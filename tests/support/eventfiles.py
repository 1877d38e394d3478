"""Event files without TensorFlow: records as its writers write them, and as nobody should."""

from __future__ import annotations

import struct
from pathlib import Path

import google_crc32c


def varint(value: int) -> bytes:
    """Write a number of variable length."""
    value &= (1 << 64) - 1
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def message(number: int, content: bytes) -> bytes:
    """Write a field that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def simple(tag: str, value: float) -> bytes:
    """A value of a summary as TensorFlow 1 and PyTorch write it."""
    return message(1, message(1, tag.encode()) + b"\x15" + struct.pack("<f", value))


def tensor(tag: str, value: float, plugin: str = "scalars") -> bytes:
    """A value of a summary as TensorFlow 2 writes it."""
    content = b"\x08\x01\x12\x00" + message(4, struct.pack("<f", value))
    about = message(9, message(1, message(1, plugin.encode())))
    return message(1, message(1, tag.encode()) + message(8, content) + about)


def event(step: int, *values: bytes, time: float | None = None) -> bytes:
    """An event with values; its time is the step in seconds unless another is given."""
    when = b"\x09" + struct.pack("<d", 1.7e9 + step if time is None else time)
    return when + (b"\x10" + varint(step) if step else b"") + message(5, b"".join(values))


def checksum(data: bytes) -> bytes:
    """The masked CRC-32C as it is stored."""
    crc: int = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(payload: bytes) -> bytes:
    """A record."""
    length = struct.pack("<Q", len(payload))
    return length + checksum(length) + payload + checksum(payload)


VERSION = framed(b"\x09" + struct.pack("<d", 1.7e9) + message(3, b"brain.Event:2"))
"""The first record of every event file."""


def scalars(tag: str, *values: float, first: int = 0) -> bytes:
    """Records of one tag, a step each."""
    return b"".join(framed(event(first + at, simple(tag, value))) for at, value in enumerate(values))


def put_events(folder: Path, *records: bytes, name: str = "1.host") -> Path:
    """Write an event file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events.out.tfevents.{name}"
    path.write_bytes(VERSION + b"".join(records))
    return path
