"""Compressed files -> their bytes, in chunks of bounded size, whatever the file claims about itself.

A file whose .xz blocks say their sizes is decoded by several threads; all else is decoded as a stream. Data that is
cut short, damaged, or has something behind its end is refused.
"""

from __future__ import annotations

import bz2
import contextlib
import lzma
import os
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Final, Protocol

import zstandard

from guildpkg.core.archive import xz
from guildpkg.errors import ArchiveError
from guildpkg.system.parallel import in_order

CHUNK: Final = 1 << 20
MEMORY: Final = 256 << 20
"""Most memory that a dictionary may take: four times what ``xz -9`` and ``zstd --ultra -22`` ask for."""

MOST_BLOCK: Final = 32 << 20
"""Largest .xz block that is decoded whole; ``xz -6 -T0`` writes 24 MiB."""

PIECE: Final = 256 << 10
"""Bytes of a block that are decoded at a time: as many as a processor keeps at hand."""

_MAGICS: Final = {b"\x1f\x8b": "gz", b"BZh": "bz2", xz.MAGIC: "xz", b"\x28\xb5\x2f\xfd": "zst", b"\x5d\0\0": "lzma"}
_FAILURES: Final = (lzma.LZMAError, zlib.error, zstandard.ZstdError, OSError, EOFError, ValueError)
_NO_STEP: Final[Callable[[int], None]] = lambda _: None  # noqa: E731


class _Decoder(Protocol):
    """What `lzma` and `bz2` call a decompressor."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def compression_of(head: bytes) -> str:
    """Tell by its first bytes how a file is compressed: ``gz bz2 xz zst lzma``, or an empty string."""
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return "zst"  # a skippable frame
    return next((kind for magic, kind in _MAGICS.items() if head.startswith(magic)), "")


def decoded(
    handle: int, compression: str, *, workers: int = 1, step: Callable[[int], None] = _NO_STEP
) -> Generator[bytes, None, None]:
    """Decode a file from its beginning.

    Args:
        handle: Descriptor of a regular file; its offset is neither used nor moved.
        compression: As `compression_of` names it.
        workers: Threads that may decode, where the file allows more than one.
        step: Called now and then with how many bytes of the file are read.

    Yields:
        Chunks of at most `MOST_BLOCK` bytes.

    Raises:
        ArchiveError: The data is damaged, cut short, or followed by something else.
    """
    if compression == "xz" and workers > 1 and (found := blocks_of(handle)):
        flags, blocks = found
        with contextlib.closing(in_order(partial(decoded_block, handle, flags), blocks, workers)) as results:
            for block, data in zip(blocks, results, strict=True):
                step(block.offset + block.stored)
                yield data
        return
    raw = _raw(handle, step)
    yield from _decoded_stream(raw, _DECODERS[compression]) if compression else raw


def _raw(handle: int, step: Callable[[int], None]) -> Iterator[bytes]:
    offset = 0
    while data := os.pread(handle, CHUNK, offset):
        offset += len(data)
        step(offset)
        yield data


def _decoded_stream(raw: Iterator[bytes], make: Callable[[], _Decoder]) -> Iterator[bytes]:
    decoder: _Decoder | None = None
    streams = 0
    for read in raw:
        data = read
        while data:
            if decoder is None:
                # a file of several streams may have zeros between them and at its end
                data = data.lstrip(b"\0") if streams else data
                decoder = make() if data else None
                streams += decoder is not None
            if decoder is not None:
                yield from _decompress(decoder, data, behind=streams > 1)
                data = decoder.unused_data if decoder.eof else b""
                decoder = None if decoder.eof else decoder
    if decoder is not None or not streams:
        raise ArchiveError("the compressed data is cut short")


def _decompress(decoder: _Decoder, data: bytes, *, behind: bool) -> Iterator[bytes]:
    """Feed a decoder and take all that it gives, a chunk at a time."""
    more = data
    while True:
        try:
            out = decoder.decompress(more, CHUNK)
        except _FAILURES as error:
            where = "what follows the compressed data is no such data" if behind else "the compressed data is damaged"
            raise ArchiveError(f"{where}: {error}") from error
        more = b""
        if out:
            yield out
        if decoder.eof or (decoder.needs_input and len(out) < CHUNK):
            return


class _Gzip:
    """gzip with the manners of `lzma`: what did not fit into one chunk is kept here."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._tail = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._inner.decompress(self._tail + data, max(max_length, 0))
        self._tail = self._inner.unconsumed_tail
        return out


class _Zstd:
    """zstd with the manners of `lzma`.

    Its stream reader takes a file that is cut short for a whole one, and its decompressor has no limit for its
    output: so it is given a kilobyte at a time, which cannot become more than 32 MiB.
    """

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=MEMORY).decompressobj()
        self._tail = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + bytes(self._tail)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:  # noqa: ARG002 - the kilobyte is the limit
        if data:
            self._tail = memoryview(data)
        out = b""
        while self._tail and not out and not self._inner.eof:
            out = self._inner.decompress(self._tail[:1024])
            self._tail = self._tail[1024:]
        return out


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {
    "gz": _Gzip,
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY),
    "zst": _Zstd,
}


def blocks_of(handle: int) -> tuple[bytes, list[xz.Block]] | None:
    """Find the flags and the blocks of an .xz file; None when it is no single stream of several sound ones."""
    size = os.fstat(handle).st_size
    foot = os.pread(handle, xz.HEADER_SIZE, max(size - xz.HEADER_SIZE, 0))
    try:
        span = xz.index_span(foot, size)
        blocks = xz.read_index(os.pread(handle, span.stop - span.start, span.start))
    except ArchiveError:
        return None  # decoded as a stream, it says what is wrong
    flags = foot[8:10]
    single = os.pread(handle, xz.HEADER_SIZE, 0) == xz.stream_header(flags)
    joined = len(blocks) > 1 and blocks[-1].offset + blocks[-1].stored == span.start
    sound = all(block.size <= MOST_BLOCK and block.stored <= MOST_BLOCK + CHUNK for block in blocks)
    return (flags, blocks) if single and joined and sound else None


def decoded_block(handle: int, flags: bytes, block: xz.Block) -> bytes:
    """Decode a block in one go, as a thread should: after each piece it would have to wait for the interpreter."""
    return b"".join(block_pieces(handle, flags, block, size=block.size))


def block_pieces(
    handle: int, flags: bytes, block: xz.Block, most: int | None = None, *, size: int = PIECE
) -> Iterator[bytes]:
    """Decode a block, or its beginning, which cannot be checked then.

    Small pieces go through memory that is there already: asking the system for that of whole blocks takes half as long
    again as the decoding.

    Args:
        handle: Descriptor of the file.
        flags: As `blocks_of` gives them.
        block: The block.
        most: Bytes of the beginning.
        size: Bytes of a piece.

    Yields:
        Pieces of that size, the last one perhaps smaller.

    Raises:
        ArchiveError: It is damaged, or has not the size that the index says; what came before is worth nothing then.
    """
    data = os.pread(handle, block.stored, block.offset)
    more = xz.one_block_stream(data, block.unpadded, block.size, flags)
    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)
    left = block.size if most is None else most
    while left or (most is None and not decoder.eof):
        try:
            # one byte more than there may be: it gives away a block that is too large
            piece = decoder.decompress(more, min(left, size) or 1)
        except lzma.LZMAError as error:
            raise ArchiveError(f"the compressed data is damaged: {error}") from error
        more = b""
        left -= len(piece)
        if left < 0 or not (piece or decoder.eof) or (decoder.eof and left):
            raise ArchiveError("the compressed data is damaged: a block has not the size that the index says")
        if piece:
            yield piece
