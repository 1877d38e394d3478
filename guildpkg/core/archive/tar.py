"""The headers of tar archives as bytes: written in one form only (GNU), read in all that are about.

Writing is canonical: owner 0 without names, the time and mode given, names of more than 100 bytes in a
``././@LongLink`` record before the header. Reading knows V7, ustar, GNU and pax. Neither touches a file:
`system/unpack/tarwalk.py` walks.
"""

from __future__ import annotations

import re
from typing import Final

from guildpkg.core.archive.layout import Slot
from guildpkg.core.digests import Entry
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass

BLOCK: Final = 512
RECORD: Final = 20 * BLOCK
"""The end of an archive is filled up to a multiple of this, as GNU tar does."""

KINDS: Final = {
    **dict.fromkeys((b"0", b"\0", b"7"), "file"),
    b"1": "hard",
    b"2": "link",
    b"3": "device",
    b"4": "device",
    b"5": "dir",
    b"6": "fifo",
    b"S": "sparse",
}
"""Type flag to kind of member; what is missing here is an extension record or is refused."""

_NOBODY = b"0000000\0" * 2
_MARK = b"ustar  \0".ljust(BLOCK - 257, b"\0")
_SUM = sum(_MARK) + 8 * ord(" ")
_TYPES = {"file": b"0", "link": b"2", "dir": b"5"}
_PAX_RECORD = re.compile(rb"(\d{1,8}) ([^=]+)=", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Header:
    """One header block as it is written.

    Attributes:
        name: Raw name, the ustar prefix joined.
        type: The type flag, one byte.
        mode: Mode bits, set-id bits included.
        uid: Owner.
        gid: Group.
        size: Bytes of content that follow.
        mtime: Seconds since the epoch; may be negative.
        target: Raw target of a link.
        uname: Name of the owner.
        gname: Name of the group.
    """

    name: bytes
    type: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    target: bytes
    uname: bytes
    gname: bytes


def encode(slot: Slot, mtime: int) -> bytes:
    """Write the header of a member, with the records for long names before it.

    Args:
        slot: The member.
        mtime: Its time, seconds since the epoch, 0 or more.
    """
    long_target = _long(b"K", slot.target) if len(slot.target) > 100 else b""
    long_name = _long(b"L", slot.name) if len(slot.name) > 100 else b""
    return long_target + long_name + _block(slot, _TYPES[slot.kind], mtime)


def _long(kind: bytes, text: bytes) -> bytes:
    data = text + b"\0"
    return _block(Slot(b"././@LongLink", "file", 0o644, len(data)), kind, 0) + data + bytes(padding(len(data)))


def _block(slot: Slot, kind: bytes, mtime: int) -> bytes:
    name, target = slot.name[:100], slot.target[:100]
    numbers = b"%07o\0%b%b%b" % (slot.mode, _NOBODY, _number(slot.size), _number(mtime))
    # what is filled up with zeros adds nothing, and the checksum counts as eight spaces in its own place
    total = sum(name) + sum(numbers) + sum(target) + kind[0] + _SUM
    return b"%b%b%06o\0 %b%b%b" % (name.ljust(100, b"\0"), numbers, total, kind, target.ljust(100, b"\0"), _MARK)


def _number(value: int) -> bytes:
    """Write a number into twelve bytes: octal, or binary behind 0x80 where octal has no room."""
    return b"%011o\0" % value if value < 1 << 33 else b"\x80" + value.to_bytes(11, "big")


def span(slot: Slot) -> int:
    """Give how many bytes a member takes, with header, records and padding."""
    return _span(len(slot.name), len(slot.target), slot.size)


def span_of(path: bytes, entry: Entry | None) -> int:
    """Give the span of what `core.archive.layout.slot_of` makes, in a fraction of the time that making it takes."""
    if entry is None or entry.kind == "dir":
        return _span(len(path) + 3 if path else 2, 0, 0)
    return _span(len(path) + 2, len(entry.target), entry.size if entry.kind == "file" else 0)


def _span(name: int, target: int, size: int) -> int:
    total = BLOCK + size + padding(size)
    for text in (name, target):
        if text > 100:
            total += BLOCK + text + 1 + padding(text + 1)
    return total


def padding(size: int) -> int:
    """Give how many bytes fill *size* up to whole blocks."""
    return -size % BLOCK


def end(written: int) -> bytes:
    """Give what ends an archive of which *written* bytes are there: two empty blocks, filled up to a record."""
    return bytes(2 * BLOCK + -(written + 2 * BLOCK) % RECORD)


def decode(block: bytes) -> Header | None:
    """Read a header block.

    Args:
        block: 512 bytes.

    Returns:
        The header, or None for a block of zeros.

    Raises:
        ArchiveError: The checksum is wrong, or a number is no number.
    """
    if not block.strip(b"\0"):
        return None
    if not sound(block):
        raise ArchiveError("a header has a wrong checksum")
    name = _text(block[:100])
    # GNU archives keep times of their own where ustar has the prefix
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    return Header(
        name=name,
        type=block[156:157],
        mode=_read(block[100:108], "mode") & 0o7777,
        uid=_read(block[108:116], "owner"),
        gid=_read(block[116:124], "group"),
        size=_read(block[124:136], "size"),
        mtime=_read(block[136:148], "time"),
        target=_text(block[157:257]),
        uname=_text(block[265:297]),
        gname=_text(block[297:329]),
    )


def sound(block: bytes) -> bool:
    """Tell whether a block is a header by its checksum, of unsigned or (as old programs did) of signed bytes."""
    if len(block) != BLOCK:
        return False
    try:
        wanted = _read(block[148:156], "checksum")
    except ArchiveError:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    total = sum(rest)
    return wanted == total or wanted == total - 256 * sum(byte > 127 for byte in rest)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _read(field: bytes, what: str) -> int:
    if field[0] & 0x80:
        # binary: the first bit is the mark, the rest is a number in two's complement
        number = int.from_bytes(field, "big")
        bits = 8 * len(field) - 1
        return (number & (1 << bits) - 1) - ((number >> bits - 1 & 1) << bits)
    digits = _text(field).strip()
    if digits.strip(b"01234567"):
        raise ArchiveError(f"a header has a {what} that is no number")
    return int(digits or b"0", 8)


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Read the records of a pax header: ``LENGTH KEY=VALUE`` and a line feed, LENGTH counting all of it.

    Raises:
        ArchiveError: They are not written like that.
    """
    found = {}
    at = 0
    while at < len(data) and data[at : at + 1] != b"\0":
        match = _PAX_RECORD.match(data, at)
        last = at + int(match[1]) - 1 if match else at
        if match is None or last < match.end() or data[last : last + 1] != b"\n":
            raise ArchiveError("a pax header is damaged")
        found[match[2]] = data[match.end() : last]
        at = last + 1
    return found
