"""The frame of an .xz file: blocks, the index that lists them, the footer that finds the index.

What is compressed inside a block is liblzma's affair. This module lets blocks be compressed and decompressed apart
from each other: it takes the block out of a one-block stream and gives it a header that says both sizes, and it wraps
one block as a stream of its own. Rules from the .xz file format 1.1.0, sections 2 to 4.
"""

from __future__ import annotations

import struct
from binascii import crc32
from typing import Final

from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass

MAGIC: Final = b"\xfd7zXZ\0"
HEADER_SIZE: Final = 12
"""Bytes of the stream header, and of the footer."""

MOST_INDEX: Final = 16 << 20
"""Largest index that is read: a million blocks."""

_CRC64 = b"\x00\x04"
_CHECK_SIZES = (0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64)
_SIZES_PRESENT = 0xC0


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a file.

    Attributes:
        offset: Where it begins in the file.
        unpadded: Its bytes without the padding at its end.
        size: Bytes of what is in it.
    """

    offset: int
    unpadded: int
    size: int

    @property
    def stored(self) -> int:
        """Its bytes with the padding, a multiple of four."""
        return self.unpadded + -self.unpadded % 4


def stream_header(flags: bytes = _CRC64) -> bytes:
    """Write the twelve bytes that begin a stream; *flags* name the kind of check, CRC64 by default."""
    return MAGIC + flags + struct.pack("<I", crc32(flags))


def index(blocks: list[tuple[int, int]]) -> bytes:
    """Write the index.

    Args:
        blocks: Unpadded size and content size of each block.
    """
    body = b"\0" + _vli(len(blocks)) + b"".join(_vli(unpadded) + _vli(size) for unpadded, size in blocks)
    body += bytes(-len(body) % 4)
    return body + struct.pack("<I", crc32(body))


def footer(index_size: int, flags: bytes = _CRC64) -> bytes:
    """Write the twelve bytes that end a stream."""
    body = struct.pack("<I", index_size // 4 - 1) + flags
    return struct.pack("<I", crc32(body)) + body + b"YZ"


def sized_block(stream: bytes, size: int) -> tuple[bytes, int]:
    """Take the block out of a one-block stream and write both sizes into its header.

    Args:
        stream: What liblzma made of *size* bytes, with CRC64.
        size: Bytes that went in.

    Returns:
        The block with its padding, and its size without.
    """
    old = (stream[HEADER_SIZE] + 1) * 4
    filters = stream[HEADER_SIZE + 2 : HEADER_SIZE + old - 4].rstrip(b"\0")
    filters += bytes(_filter_size(filters) - len(filters))
    (block,) = read_index(stream[index_span(stream[-HEADER_SIZE:], len(stream))])
    unpadded = block.unpadded
    packed = unpadded - old - _CHECK_SIZES[4]
    fields = bytes([_SIZES_PRESENT]) + _vli(packed) + _vli(size) + filters
    fields += bytes(-(len(fields) + 1) % 4)
    header = bytes([(len(fields) + 5) // 4 - 1]) + fields
    header += struct.pack("<I", crc32(header))
    data = stream[HEADER_SIZE + old : HEADER_SIZE + unpadded + -unpadded % 4]
    return header + data, len(header) + unpadded - old


def _filter_size(filters: bytes) -> int:
    """Give the length of the one filter record; its last bytes may be zeros that look like padding."""
    return 2 + filters[1]


def one_block_stream(block: bytes, unpadded: int, size: int, flags: bytes) -> bytes:
    """Wrap a block so that a decoder takes it for a whole file."""
    listed = index([(unpadded, size)])
    return b"".join((stream_header(flags), block, listed, footer(len(listed), flags)))


def index_span(foot: bytes, file_size: int) -> slice:
    """Find the index of a file that is a single stream.

    Args:
        foot: The last twelve bytes of the file.
        file_size: Bytes of the file.

    Raises:
        ArchiveError: These twelve bytes are no footer, or the index is implausible.
    """
    if len(foot) != HEADER_SIZE or foot[-2:] != b"YZ" or struct.unpack("<I", foot[:4])[0] != crc32(foot[4:10]):
        raise ArchiveError("the file does not end in an xz footer")
    size = (int.from_bytes(foot[4:8], "little") + 1) * 4
    start = file_size - HEADER_SIZE - size
    if size > MOST_INDEX or start < HEADER_SIZE:
        raise ArchiveError("the xz index has an implausible size")
    return slice(start, start + size)


def read_index(data: bytes) -> list[Block]:
    """Read the index of a single stream.

    Raises:
        ArchiveError: It is damaged.
    """
    body = data[:-4]
    if len(data) < 8 or body[0] != 0 or struct.unpack("<I", data[-4:])[0] != crc32(body):
        raise ArchiveError("the xz index is damaged")
    count, at = _read_vli(body, 1)
    blocks = []
    offset = HEADER_SIZE
    if count > len(body) // 2:
        raise ArchiveError("the xz index is damaged")
    for _ in range(count):
        unpadded, at = _read_vli(body, at)
        size, at = _read_vli(body, at)
        block = Block(offset, unpadded, size)
        blocks.append(block)
        offset += block.stored
    return blocks


def _vli(number: int) -> bytes:
    """Write a number seven bits at a time, lowest first, the eighth bit saying that more follows."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_vli(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for position, byte in enumerate(data[at : at + 9]):
        value |= (byte & 0x7F) << 7 * position
        if not byte & 0x80:
            return value, at + position + 1
    raise ArchiveError("the xz index is damaged")
