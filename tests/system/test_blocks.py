"""Blocks of an .xz file, decoded a piece at a time by a reader that believes nothing the file says of itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildpkg.archive import compress
from guildpkg.archive.compress import compressed
from guildpkg.errors import ArchiveError
from guildpkg.system.unpack.decode import block_pieces, blocks_of, decoded_block

BLOCK = 4096
PIECE = 512


@pytest.fixture
def small() -> Iterator[None]:
    with mock.patch.object(compress, "BLOCK", BLOCK), mock.patch.object(compress, "PRESET", 0):
        yield


def packed(folder: Path, content: bytes) -> int:
    file = folder / "content.xz"
    file.write_bytes(b"".join(compressed([content], "xz", 1)))
    return os.open(file, os.O_RDONLY)


@pytest.mark.usefixtures("small")
@given(size=st.integers(BLOCK + 1, 4 * BLOCK), cut=st.integers(0, BLOCK), wrong=st.integers(1, 2 * BLOCK))
@settings(max_examples=60, deadline=None)
def test_pieces_make_up_the_block_and_a_size_that_is_not_true_is_found_out(
    tmp_path_factory: pytest.TempPathFactory, size: int, cut: int, wrong: int
) -> None:
    content = bytes(number * number >> 3 & 255 for number in range(size))
    handle = packed(tmp_path_factory.mktemp("blocks"), content)
    try:
        flags, blocks = blocks_of(handle) or (b"", [])
        whole = [decoded_block(handle, flags, block) for block in blocks]
        assert b"".join(whole) == content
        assert [len(part) for part in whole] == [block.size for block in blocks]
        first = blocks[0]
        pieces = list(block_pieces(handle, flags, first, cut, size=PIECE))
        assert b"".join(pieces) == content[:cut]
        assert all(len(piece) == PIECE for piece in pieces[:-1])
        for claimed in (first.size + wrong, max(first.size - wrong, 0)):
            with pytest.raises(ArchiveError, match="damaged"):
                decoded_block(handle, flags, replace(first, size=claimed))
            with pytest.raises(ArchiveError, match="damaged"):
                list(block_pieces(handle, flags, replace(first, size=claimed), size=PIECE))
        with pytest.raises(ArchiveError, match="damaged"):
            list(block_pieces(handle, flags, first, first.size + wrong, size=PIECE))
    finally:
        os.close(handle)


@pytest.mark.usefixtures("small")
def test_a_changed_byte_is_found_out_at_the_latest_with_the_last_piece(tmp_path: Path) -> None:
    content = b"some words, and then some more\n" * 300
    os.close(packed(tmp_path, content))
    file = tmp_path / "content.xz"
    sound = file.read_bytes()
    handle = os.open(file, os.O_RDONLY)
    flags, blocks = blocks_of(handle) or (b"", [])
    unnoticed = []
    for at in range(blocks[0].offset, blocks[0].offset + blocks[0].stored):
        file.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        try:
            unnoticed.append((at, decoded_block(handle, flags, blocks[0]) == content[:BLOCK]))
        except ArchiveError:
            continue
    os.close(handle)
    assert unnoticed == []
