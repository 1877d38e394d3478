"""The directory at the end of a zip file, read once and checked, zip64 included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from struct import Struct
from typing import Final

from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass

LOCAL: Final = Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = Struct("<4sHHHHIIH")
_END64: Final = Struct("<4sQHHIIQQQQ")
_LOCATOR: Final = Struct("<4sIQI")

MOST_DIRECTORY: Final = 128 << 20
"""Largest directory that is read, bytes: about a million members."""

_MOST_COMMENT: Final = 0xFFFF
_UTF8: Final = 0x800
_UNIX: Final = (3, 19)
"""Systems whose mode bits are those of Unix: Unix itself, macOS."""

_EARLIEST: Final = 315532800
"""1980-01-01, which is where a zip's time begins."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the directory says of a member.

    Attributes:
        name: Name as it is written there.
        flags: General purpose flags.
        method: How it is compressed.
        crc: CRC32 of the content.
        packed: Bytes in the file.
        size: Bytes of the content.
        offset: Where its own header begins.
        mode: Mode of Unix with the kind of file; 0 when another system made it.
        mtime: Seconds since the epoch, the time of day taken for UTC.
    """

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int
    mtime: int

    @property
    def path(self) -> bytes:
        """The name in UTF-8: names that are neither flagged as that nor look like it are of code page 437."""
        if self.flags & _UTF8 or self.name.isascii():
            return self.name
        try:
            self.name.decode("utf-8")
        except UnicodeDecodeError:
            return self.name.decode("cp437").encode("utf-8")
        return self.name


def read_directory(handle: int, members: int) -> tuple[list[Record], int]:
    """Read the directory.

    Args:
        handle: Descriptor of the file.
        members: Most members that are read.

    Returns:
        The members in the order of the directory, and where the directory begins.

    Raises:
        ArchiveError: There is none, or it contradicts itself.
    """
    count, size, start, end = _find(handle, os.fstat(handle).st_size)
    if count > members:
        raise ArchiveError(f"the archive has more than {members:,} members")
    if size > MOST_DIRECTORY:
        raise ArchiveError(f"the directory of the zip claims {size:,} bytes")
    if start + size != end:
        raise ArchiveError("the directory of the zip is not where its end says")
    records = list(_records(os.pread(handle, size, start)))
    if len(records) != count:
        raise ArchiveError(f"the directory of the zip has {len(records):,} members and claims {count:,}")
    return records, start


def _find(handle: int, size: int) -> tuple[int, int, int, int]:
    """Find the directory: number of members, bytes, beginning, and where it must end."""
    tail_at = max(size - _END.size - _MOST_COMMENT, 0)
    tail = os.pread(handle, _END.size + _MOST_COMMENT, tail_at)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + _END.size:
        raise ArchiveError("the zip has no directory: it is cut short")
    _, disk, first, here, count, length, start, comment = _END.unpack_from(tail, at)
    if len(tail) != at + _END.size + comment:
        raise ArchiveError("the zip has something behind its end")
    if disk or first or here != count:
        raise ArchiveError("the zip is one of several parts")
    end = tail_at + at
    locator = os.pread(handle, _LOCATOR.size, max(end - _LOCATOR.size, 0))
    if not locator.startswith(b"PK\6\7"):
        return count, length, start, end
    return _find64(handle, locator, (count, length, start), end)


def _find64(handle: int, locator: bytes, short: tuple[int, int, int], end: int) -> tuple[int, int, int, int]:
    _, _, end64, _ = _LOCATOR.unpack(locator)
    data = os.pread(handle, _END64.size, end64) if end64 < end else b""
    if len(data) < _END64.size or not data.startswith(b"PK\6\6"):
        raise ArchiveError("the zip64 directory is not where it is said to be")
    _, own, _, _, disk, first, here, count, length, start = _END64.unpack(data)
    masks = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    agree = all(old in (mask, new) for old, new, mask in zip(short, (count, length, start), masks, strict=True))
    if not agree or disk or first or here != count or end64 + 12 + own + _LOCATOR.size != end:
        raise ArchiveError("the zip64 directory contradicts the other one")
    return count, length, start, end64


def _records(data: bytes) -> Iterator[Record]:
    at = 0
    while at < len(data):
        if len(data) < at + _CENTRAL.size or data[at : at + 4] != b"PK\1\2":
            raise ArchiveError("the directory of the zip is damaged")
        fields = _CENTRAL.unpack_from(data, at)
        _, made, _, flags, method, time, date, crc, packed, size, *rest, attributes, offset = fields
        name_size, extra_size, comment_size, _, _ = rest
        at += _CENTRAL.size
        name, extra = data[at : at + name_size], data[at + name_size : at + name_size + extra_size]
        at += name_size + extra_size + comment_size
        size, packed, offset = wide(extra, (size, packed, offset))
        mode = attributes >> 16 if made >> 8 in _UNIX else 0
        yield Record(name, flags, method, crc, packed, size, offset, mode, _seconds(date, time))


def wide(extra: bytes, short: tuple[int, int, int]) -> tuple[int, int, int]:
    """Take from the zip64 field the numbers for which a header has no room: size, packed size, offset."""
    at = 0
    values = list(short)
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        field = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind != 1:
            continue
        for place, value in enumerate(values):
            if value == 0xFFFFFFFF and len(field) >= 8:
                values[place], field = int.from_bytes(field[:8], "little"), field[8:]
    size, packed, offset = values
    return size, packed, offset


def _seconds(date: int, time: int) -> int:
    try:
        parts = (1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, min(2 * (time & 31), 59))
        return int(datetime(*parts, tzinfo=UTC).timestamp())
    except ValueError:
        return _EARLIEST
