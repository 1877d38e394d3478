"""Decompressed bytes as they come, handed on in the sizes that a tar walk asks for, and counted against limits."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from guildpkg.core.sources import Limits
from guildpkg.core.words import in_bytes
from guildpkg.errors import ArchiveError

FREE: Final = 16 << 20
"""Up to this many bytes the ratio of an archive does not matter."""


class Budget:
    """What may come out of one archive.

    Args:
        limits: The limits.
        packed: Bytes of the archive itself.
        name: What messages call it.
    """

    def __init__(self, limits: Limits, packed: int, name: str) -> None:
        self.spent = 0
        self._name = name
        self._most = limits.unpacked
        self._ratio = limits.ratio
        self._grown = max(FREE, packed * limits.ratio)

    def spend(self, size: int) -> None:
        """Count bytes that came out.

        Raises:
            ArchiveError: They are too many, in all or for the size of the archive.
        """
        self.spent += size
        self.announce(0)

    def announce(self, size: int) -> None:
        """Refuse bytes that are only promised yet, before any of them is written; see `spend`."""
        if self.spent + size > self._most:
            raise ArchiveError(f"{self._name} unpacks to more than {in_bytes(self._most)}")
        if self.spent + size > self._grown:
            raise ArchiveError(f"{self._name} unpacks to more than {self._ratio} times its size: it is a bomb")


class Feed:
    """Reads from chunks of any size.

    Args:
        chunks: The bytes, in order; an empty chunk is no end.
        budget: What they are counted against.
    """

    def __init__(self, chunks: Generator[bytes, None, None], budget: Budget) -> None:
        self._chunks = chunks
        self._budget = budget
        self._chunk = b""
        self._at = 0
        self._before = 0

    @property
    def position(self) -> int:
        """How many bytes were handed on or skipped."""
        return self._before + self._at

    def close(self) -> None:
        """Stop whatever produces the chunks."""
        self._chunks.close()

    def take(self, size: int) -> bytes:
        """Give the next *size* bytes, fewer only at the end."""
        return b"".join(self.some(size))

    def skip(self, expected: bytes) -> bool:
        """Skip *expected* when it is what comes next and lies in one chunk; else skip nothing."""
        if self._at == len(self._chunk):
            self._load()
        if not self._chunk.startswith(expected, self._at):
            return False
        self._at += len(expected)
        return True

    def whole(self, size: int) -> memoryview | None:
        """Give the next *size* bytes when they lie in one chunk; else None, and `pieces` gives them."""
        begin, end = self._at, self._at + size
        if end > len(self._chunk):
            return None
        self._at = end
        return memoryview(self._chunk)[begin:end]

    def pieces(self, size: int) -> Iterator[memoryview]:
        """Yield the next *size* bytes as they come.

        Raises:
            ArchiveError: There are fewer.
        """
        before = self.position
        yield from self.some(size)
        if self.position < before + size:
            raise ArchiveError("the archive ends in the middle of a file")

    def rest(self) -> Iterator[memoryview]:
        """Yield all that is left."""
        while piece := self._next(1 << 62):
            yield piece

    def some(self, size: int) -> Iterator[memoryview]:
        """Yield up to *size* bytes as they come."""
        while size and (piece := self._next(size)):
            size -= len(piece)
            yield piece

    def _next(self, most: int) -> memoryview:
        if self._at == len(self._chunk):
            self._load()
        begin, self._at = self._at, min(self._at + most, len(self._chunk))
        return memoryview(self._chunk)[begin : self._at]

    def _load(self) -> None:
        """Get the next chunk that has something in it; there is none at the end."""
        self._before += len(self._chunk)
        self._chunk, self._at = b"", 0
        while not self._chunk and (chunk := next(self._chunks, None)) is not None:
            self._budget.spend(len(chunk))
            self._chunk = chunk
