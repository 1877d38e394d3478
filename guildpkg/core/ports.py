"""What a stage needs from outside, as Protocols: whoever has these methods will do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Protocol

from guildpkg.core.digests import Sha256


class IndexReader(Protocol):
    """Gives the files of an index. Nothing that it gives is trusted."""

    def read(self, path: str, most: int) -> bytes:
        """Give the content of a small file; of one that has more than *most* bytes, *most* and a few more.

        Args:
            path: Relative, ``/`` between the parts.
            most: Bytes that it may have.

        Raises:
            Missing: There is no such file.
            NetworkError: It cannot be had.
        """
        ...

    def url(self, path: str) -> str:
        """Give the URL of a file, for a download that can be resumed."""
        ...


class IndexStore(IndexReader, Protocol):
    """Holds the files of an index, and can change them."""

    def turn(self) -> AbstractContextManager[None]:
        """Keep other publishers of this machine out during a block.

        Raises:
            Busy: Another one did not end in time.
        """
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        ...

    def create(self, path: str, data: bytes) -> bool:
        """Make a file, whole or not at all; False when there was one already, which stays as it is."""
        ...

    def replace(self, path: str, data: bytes) -> None:
        """Give a file new content, all at once."""
        ...

    def upload(self, path: str, origin: IO[bytes], sha256: Sha256) -> None:
        """Copy what may be large in, whole or not at all; a file that is there is kept: its path tells its content.

        Raises:
            IntegrityError: It is something else than the SHA-256 says.
        """
        ...

    def chunks(self, path: str) -> Iterator[bytes]:
        """Give the content of a file that may be large.

        Raises:
            Missing: There is no such file.
        """
        ...

    def age(self, path: str) -> float:
        """Say how many seconds ago a file was made."""
        ...

    def names(self, folder: str) -> Iterator[tuple[str, int]]:
        """Give path and size of every file below a folder."""
        ...

    def delete(self, path: str) -> None:
        """Remove a file; a missing one is fine."""
        ...
