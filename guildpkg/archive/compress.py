"""Bytes -> .xz or .zst, on all cores, and yet the same bytes whatever their number.

An .xz file is one stream of 8 MiB blocks (preset 6, CRC64), each compressed apart from the others, with both sizes in
its header: what ``xz -T`` writes, and what lets readers decode in parallel. A .zst file is one frame of level 19 with
a checksum, in jobs of 8 MiB that keep memory in bounds: level 19 comes nearest to the size of xz and costs about as
much time; who asks for zst wants the fast reading, which does not depend on the level.
"""

from __future__ import annotations

import _lzma
import contextlib
import ctypes
import itertools
import lzma
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from threading import Event
from typing import Final

import zstandard

from guildpkg.core.archive import xz
from guildpkg.system.parallel import in_order

BLOCK: Final = 8 << 20
PRESET: Final = 6
LEVEL: Final = 19
_PIECE: Final = 1 << 20


def compressed(pieces: Iterable[bytes], compression: str, workers: int) -> Generator[bytes, None, None]:
    """Compress a stream.

    Memory is bounded by the number of workers: about 120 MB for each, whatever the length of the stream.

    Args:
        pieces: The stream, cut anyhow.
        compression: ``xz`` or ``zst``.
        workers: Threads, 1 or more; the result does not depend on it.
    """
    return _xz(pieces, workers) if compression == "xz" else _zst(pieces, workers)


def compressor(compression: str) -> str:
    """Name the library that compresses and its version: ``liblzma 5.4.1``; bytes may differ between versions."""
    if compression == "zst":
        return "libzstd " + ".".join(str(part) for part in zstandard.ZSTD_VERSION)
    # asked of the extension module, which is linked to the library that really compresses
    file = getattr(_lzma, "__file__", None)
    with contextlib.suppress(OSError, AttributeError):
        version = ctypes.CDLL(file).lzma_version_string
        version.restype = ctypes.c_char_p
        return f"liblzma {version().decode()}"
    return "liblzma of unknown version"


def _xz(pieces: Iterable[bytes], workers: int) -> Generator[bytes, None, None]:
    yield xz.stream_header()
    listed = []
    stop = Event()
    with contextlib.closing(in_order(partial(_block, stop=stop), _blocks(pieces, workers + 1), workers)) as results:
        try:
            for block, unpadded, size in results:
                listed.append((unpadded, size))
                yield block
        finally:
            stop.set()
    index = xz.index(listed)
    yield index + xz.footer(len(index))


def _block(data: memoryview, stop: Event) -> tuple[bytes, int, int]:
    """Compress one block, a piece at a time so that an interrupted build does not have to wait for it."""
    encoder = lzma.LZMACompressor(lzma.FORMAT_XZ, lzma.CHECK_CRC64, PRESET)
    out = []
    for at in range(0, len(data), _PIECE):
        if stop.is_set():
            return b"", 0, 0
        out.append(encoder.compress(data[at : at + _PIECE]))
    out.append(encoder.flush())
    block, unpadded = xz.sized_block(b"".join(out), len(data))
    return block, unpadded, len(data)


def _blocks(pieces: Iterable[bytes], held: int) -> Iterator[memoryview]:
    """Cut a stream into blocks, in buffers that are used again when *held* further blocks have been asked for."""
    buffers = itertools.cycle([memoryview(bytearray(BLOCK)) for _ in range(held + 1)])
    buffer = next(buffers)
    filled = 0
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            size = min(len(rest), BLOCK - filled)
            buffer[filled : filled + size] = rest[:size]
            filled, rest = filled + size, rest[size:]
            if filled == BLOCK:
                yield buffer
                buffer, filled = next(buffers), 0
    if filled:
        yield buffer[:filled]


def _zst(pieces: Iterable[bytes], workers: int) -> Generator[bytes, None, None]:
    # one worker and many give the same bytes; 0, which would compress in this thread, gives others
    settings = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, threads=workers, job_size=BLOCK, write_checksum=True
    )
    encoder = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    for piece in pieces:
        yield encoder.compress(piece)
    yield encoder.flush()
