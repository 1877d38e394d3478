"""The frame of .xz files, beside liblzma."""

from __future__ import annotations

import lzma
import random
from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.archive import xz
from guildpkg.errors import ArchiveError


def whole(parts: list[bytes]) -> bytes:
    blocks, listed = [], []
    for part in parts:
        stream = lzma.compress(part, lzma.FORMAT_XZ, lzma.CHECK_CRC64, 1)
        block, unpadded = xz.sized_block(stream, len(part))
        blocks.append(block)
        listed.append((unpadded, len(part)))
    index = xz.index(listed)
    return b"".join([xz.stream_header(), *blocks, index, xz.footer(len(index))])


def framed(body: bytes) -> bytes:
    """Put an index with a good checksum into a file that has nothing else."""
    index = body + crc32(body).to_bytes(4, "little")
    return xz.stream_header() + index + xz.footer(len(index))


PARTS = st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=200)


@given(PARTS)
def test_a_stream_of_many_blocks_is_what_liblzma_reads(parts: list[bytes]) -> None:
    assert lzma.decompress(whole(parts), lzma.FORMAT_XZ) == b"".join(parts)


@given(PARTS)
def test_each_block_decodes_apart_from_the_others(parts: list[bytes]) -> None:
    data = whole(parts)
    blocks = xz.read_index(data[xz.index_span(data[-12:], len(data))])
    for block, part in zip(blocks, parts, strict=True):
        cut = data[block.offset : block.offset + block.stored]
        assert lzma.decompress(xz.one_block_stream(cut, block.unpadded, block.size, b"\0\4")) == part


def test_large_incompressible_blocks_keep_their_sizes() -> None:
    noise = random.Random(1).randbytes(3 << 20)
    assert lzma.decompress(whole([noise, noise[:1]])) == noise + noise[:1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:-12] + b"\0" * 12,
        lambda data: data[:-12] + xz.footer(1 << 30),
        lambda data: data[-12:],
        lambda data: data[:-16] + b"\xff" * 4 + data[-12:],
        lambda data: framed(b"\0\x7f\0\0"),
        lambda data: framed(b"\0\1" + b"\xff" * 10),
        lambda data: framed(b"\1\0\0\0"),
    ],
    ids=["cut", "no footer", "too large", "only a footer", "checksum", "count", "endless number", "no index"],
)
def test_a_damaged_frame_is_refused(damage: object) -> None:
    assert callable(damage)
    data = damage(whole([b"abc"]))
    with pytest.raises(ArchiveError, match="xz"):
        xz.read_index(data[xz.index_span(data[-12:], len(data))])
