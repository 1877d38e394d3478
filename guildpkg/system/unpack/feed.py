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
        self._chunk = memoryview(b"")
        self.position = 0

    def close(self) -> None:
        """Stop whatever produces the chunks."""
        self._chunks.close()

    def take(self, size: int) -> bytes:
        """Give the next *size* bytes, fewer only at the end."""
        return b"".join(self.some(size))

    def skip(self, expected: bytes) -> bool:
        """Skip *expected* when it is what comes next and lies in one chunk; else skip nothing."""
        if not self._chunk:
            self._load()
        if bytes(self._chunk[: len(expected)]) != expected:
            return False
        self._chunk = self._chunk[len(expected) :]
        self.position += len(expected)
        return True

    def whole(self, size: int) -> memoryview:
        """Give the next *size* bytes when they lie in one chunk; else an empty view, and `pieces` gives them."""
        if size > len(self._chunk):
            return self._chunk[:0]
        piece, self._chunk = self._chunk[:size], self._chunk[size:]
        self.position += size
        return piece

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
        if not self._chunk:
            self._load()
        piece, self._chunk = self._chunk[:most], self._chunk[most:]
        self.position += len(piece)
        return piece

    def _load(self) -> None:
        """Get the next chunk that has something in it; there is none at the end."""
        while not self._chunk:
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            self._budget.spend(len(chunk))
            self._chunk = memoryview(chunk)
