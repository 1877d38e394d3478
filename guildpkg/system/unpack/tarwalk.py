"""A walk through a tar archive of any dialect: members one after the other, in memory that does not depend on it.

Names are raw bytes as the archive has them; nothing is judged here but the form: what cannot be read alike by every
program is refused (sparse members, content behind a link, long names of megabytes), what must not be unpacked is the
affair of those who unpack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from guildpkg.core.archive.layout import show
from guildpkg.core.archive.tar import BLOCK, KINDS, Header, decode, padding, pax_records
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass
from guildpkg.system.unpack.feed import Feed

MOST_EXTENSION: Final = 1 << 20
"""Most bytes of a record that extends a header: a long name, a pax header."""

MOST_NAME: Final = 1 << 16
"""Most bytes of a name: no system has paths as long, and whoever unpacks keeps all of them in memory."""

MOST_EXTENSIONS: Final = 16
"""Most such records before one member."""

_ZEROS: Final = bytes(BLOCK)
_KEYS: Final = (b"path", b"linkpath", b"size", b"mtime")
_SPARSE: Final = b"GNU.sparse."


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the archive has it.

    Attributes:
        name: Raw name, also where a record had to hold it.
        kind: ``file hard link dir device fifo``.
        mode: Twelve mode bits.
        size: Bytes of content; 0 for all but files.
        mtime: Seconds since the epoch, as claimed.
        target: Raw target of a link; name of the earlier member for ``hard``.
        owned: Whether it names an owner or a group other than number 0 without a name.
        raw: Its header with all records before it, as they are written.
    """

    name: bytes
    kind: str
    mode: int
    size: int
    mtime: int
    target: bytes
    owned: bool
    raw: bytes


class TarWalk:
    """Iterating gives the members; `content` gives the content of the one that came last.

    Args:
        feed: The archive's bytes.

    Attributes:
        clean: Whether everything so far that only fills up was zeros.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._left = 0
        self._pad = 0
        self._pax: dict[bytes, bytes] = {}
        self.clean = True

    def __iter__(self) -> Iterator[Member]:
        """Yield members up to the block of zeros that ends them.

        Raises:
            ArchiveError: The form is broken.
        """
        while (member := self._member()) is not None:
            yield member

    def content(self) -> Iterable[memoryview]:
        """Give the content of the member that came last, piece by piece; what is not taken is skipped later.

        Raises:
            ArchiveError: It is cut short; raised while the pieces are taken.
        """
        if (whole := self._feed.whole(self._left)) is None:
            return self._pieces()
        self._left = 0
        return (whole,) if whole else ()

    def _pieces(self) -> Iterator[memoryview]:
        while self._left:
            for piece in self._feed.pieces(self._left):
                self._left -= len(piece)
                yield piece

    def skip(self, raw: bytes, size: int) -> bool:
        """Skip a header that needs no reading because it is known to the byte.

        Args:
            raw: The header expected next, with its records.
            size: Bytes of content that it announces.

        Returns:
            False when something else comes next, or may come: then iterating gives it.
        """
        # what fills up the member before is skipped along with it, if that is as it must be
        if self._left or not self._feed.skip(_ZEROS[: self._pad] + raw):
            self.end_member()
            if not self._feed.skip(raw):
                return False
        self._left, self._pad = size, padding(size)
        return True

    def finish(self) -> None:
        """Read what stands behind the end, so that a damaged or cut file is found out; see `clean`."""
        for piece in self._feed.rest():
            self.clean &= not bytes(piece).strip(b"\0")

    def _member(self) -> Member | None:
        raw = []
        long: dict[bytes, bytes] = {}
        own: dict[bytes, bytes] = {}
        for _ in range(MOST_EXTENSIONS + 1):
            block = self._block()
            header = decode(block)
            if header is None:
                return None
            raw.append(block)
            if header.type not in (b"L", b"K", b"x", b"X", b"g"):
                if header.type == b"V":
                    continue  # the label of a tape
                return self._made(header, long, self._pax | own, b"".join(raw))
            data = self._extension(header)
            raw.append(data + bytes(self._pad))
            if header.type in (b"L", b"K"):
                long[header.type] = data.partition(b"\0")[0]
            else:
                (self._pax if header.type == b"g" else own).update(_used(pax_records(data)))
        raise ArchiveError(f"a member has more than {MOST_EXTENSIONS} records before its header")

    def end_member(self) -> None:
        """Read to the end of the member that came last, what fills it up included; see `clean`."""
        for _ in self._pieces() if self._left else ():
            pass
        if not self._feed.skip(_ZEROS[: self._pad]):
            self.clean &= not self._feed.take(self._pad).strip(b"\0")
        self._pad = 0

    def _block(self) -> bytes:
        self.end_member()
        block = self._feed.take(BLOCK)
        if len(block) < BLOCK:
            raise ArchiveError("the archive has no end: it is cut short")
        return block

    def _extension(self, header: Header) -> bytes:
        if not 0 <= header.size <= MOST_EXTENSION:
            raise ArchiveError(f"a long name or pax header claims {header.size:,} bytes")
        data = b"".join(self._feed.pieces(header.size))
        self._pad = padding(header.size)
        return data

    def _made(self, header: Header, long: dict[bytes, bytes], pax: dict[bytes, bytes], raw: bytes) -> Member:
        name = long.get(b"L", pax.get(b"path", header.name))
        kind = KINDS.get(header.type, "")
        if pax:
            header = replace(
                header, size=_number(pax, b"size", header.size), mtime=_number(pax, b"mtime", header.mtime)
            )
        if not kind:
            raise ArchiveError(f"{show(name)} is of the unknown kind {header.type.decode('latin-1')!r}")
        if kind == "sparse" or _SPARSE in pax:
            raise ArchiveError(f"{show(name)} is stored as a sparse file, which is not supported")
        if len(name) > MOST_NAME:
            raise ArchiveError(f"{show(name[:100])}... is a name of {len(name):,} bytes")
        if header.size < 0:
            raise ArchiveError(f"{show(name)} claims a size below zero")
        if kind == "file" and name.endswith(b"/") and header.type in (b"0", b"\0"):
            kind = "dir"  # as programs older than the flag for directories wrote them
        if kind not in ("file", "hard") and header.size:
            raise ArchiveError(f"{show(name)} is a {kind} and claims to have content")
        size = header.size if kind == "file" else 0
        self._left, self._pad = size, padding(size)
        owned = bool(header.uid or header.gid or header.uname or header.gname)
        target = long.get(b"K", pax.get(b"linkpath", header.target))
        return Member(name, kind, header.mode, size, header.mtime, target, owned, raw)


def _used(records: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Keep the records that are looked at: others may be many, and those for all members stay to the end.

    Of those of sparse files one is as good as all: there need only be one for the member to be refused.
    """
    found: dict[bytes, bytes] = {key: records[key] for key in _KEYS if key in records}
    if any(key.startswith(_SPARSE) for key in records):
        found[_SPARSE] = b""
    return found


def _number(pax: dict[bytes, bytes], key: bytes, otherwise: int) -> int:
    """Read a number of a pax record; times may have a fraction, which is dropped."""
    text = pax.get(key)
    if text is None:
        return otherwise
    whole = text.partition(b".")[0]
    if not whole.removeprefix(b"-").isdigit() or len(whole) > 20:
        raise ArchiveError(f"a pax header has a {key.decode()} that is no number")
    return int(whole)
