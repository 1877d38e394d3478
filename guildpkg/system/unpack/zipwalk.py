"""A walk through a zip file that believes nothing which its two copies of the facts do not agree on.

A zip says everything twice, beside each member and in the directory at its end, and readers differ in which they
trust. Here the directory decides, and a member whose own header says otherwise is refused; so are members that
overlap, encryption, and data between the end of the directory and the end of the file.
"""

from __future__ import annotations

import os
import stat
import zlib
from binascii import crc32
from collections.abc import Iterator
from typing import Final

from guildpkg.core.archive.layout import MOST_PATH, show
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass
from guildpkg.system.unpack.tarwalk import Member
from guildpkg.system.unpack.zipdirectory import LOCAL, Record, read_directory, wide

_CHUNK: Final = 1 << 20
_STORED, _DEFLATED = 0, 8
_HIDDEN: Final = 0x2041
"""Flags of encryption: of the member, of its header, of the directory."""
_TELLING: Final = 0x0809
"""Flags that say how a member is to be read: encrypted, sizes behind the data, name in UTF-8."""


@dataclass(frozen=True, slots=True)
class ZipWalk:
    """Iterating gives the members, `content` the content of any of them.

    Attributes:
        handle: Descriptor of the file.
        members: Most members that are read.
    """

    handle: int
    members: int

    def __iter__(self) -> Iterator[tuple[Member, Record]]:
        """Yield members in the order in which they lie in the file.

        Raises:
            ArchiveError: The form is broken, or the two copies differ.
        """
        records, end = read_directory(self.handle, self.members)
        ordered = sorted(records, key=lambda record: record.offset)
        borders = (*(record.offset for record in ordered), end)
        for record, following in zip(ordered, borders[1:], strict=True):
            if self._start(record) + record.packed > following:
                raise ArchiveError(f"{show(record.name)} overlaps the member behind it")
            yield self._member(record), record

    def content(self, record: Record) -> Iterator[memoryview]:
        """Yield the content of a member.

        Raises:
            ArchiveError: It is damaged, or has not the size or checksum that the directory says.
        """
        start = self._start(record)
        total = checksum = 0
        for piece in self._inflated(record, start) if record.method == _DEFLATED else self._raw(record, start):
            total += len(piece)
            if total > record.size:
                break
            checksum = crc32(piece, checksum)
            yield memoryview(piece)
        if total != record.size or checksum != record.crc:
            raise ArchiveError(f"{show(record.name)} is damaged: its size or checksum is not what the directory says")

    def _start(self, record: Record) -> int:
        """Compare the member's own header with the directory, and give where its data begins."""
        shown = show(record.name)
        if record.flags & _HIDDEN:
            raise ArchiveError(f"{shown} is encrypted")
        if record.method not in (_STORED, _DEFLATED):
            raise ArchiveError(f"{shown} is compressed by method {record.method}; only 0 and 8 are supported")
        if record.method == _STORED and record.packed != record.size:
            raise ArchiveError(f"{shown} is stored and claims two sizes")
        head = os.pread(self.handle, LOCAL.size, record.offset)
        if len(head) < LOCAL.size or head[:4] != b"PK\3\4":
            raise ArchiveError(f"{shown} is not where the directory says")
        fields: tuple[int, ...] = LOCAL.unpack(head)[1:]
        _, flags, method, _, _, crc, packed, size, name_size, extra_size = fields
        start = record.offset + LOCAL.size
        rest = os.pread(self.handle, name_size + extra_size, start)
        size, packed, _ = wide(rest[name_size:], (size, packed, 0))
        own = (flags & _TELLING, method, rest[:name_size])
        # bit 3: the sizes stand behind the data, and only the directory has them in time
        sound = flags & 8 or (crc, packed, size) == (record.crc, record.packed, record.size)
        if own != (record.flags & _TELLING, record.method, record.name) or not sound:
            raise ArchiveError(f"{shown} has a header that differs from the directory")
        return start + name_size + extra_size

    def _member(self, record: Record) -> Member:
        name = record.path
        if b"\\" in name or name[1:2] == b":":
            raise ArchiveError(f"the path {show(name)} is refused: it is a path of Windows")
        kind = self._kind(record)
        target = b""
        if kind == "link":
            if record.size > MOST_PATH:
                raise ArchiveError(f"the link {show(name)} is refused: its target is longer than {MOST_PATH} bytes")
            target = b"".join(self.content(record))
        if kind == "dir" and record.size:
            raise ArchiveError(f"{show(name)} is a dir and claims to have content")
        size = record.size if kind == "file" else 0
        return Member(name, kind, record.mode & 0o7777, size, record.mtime, target, owned=False, raw=b"")

    def _kind(self, record: Record) -> str:
        kinds = {0: "file", stat.S_IFREG: "file", stat.S_IFLNK: "link", stat.S_IFDIR: "dir"}
        if record.name.endswith(b"/"):
            kinds = {0: "dir", stat.S_IFREG: "dir", stat.S_IFDIR: "dir"}
        return kinds.get(stat.S_IFMT(record.mode), "device")

    def _raw(self, record: Record, start: int) -> Iterator[bytes]:
        at, end = start, start + record.packed
        while at < end:
            data = os.pread(self.handle, min(_CHUNK, end - at), at)
            if not data:
                raise ArchiveError("the file ends in the middle of a member")
            at += len(data)
            yield data

    def _inflated(self, record: Record, start: int) -> Iterator[bytes]:
        decoder = zlib.decompressobj(wbits=-15)
        more = b""
        try:
            for data in self._raw(record, start):
                more += data
                while more and not decoder.eof:
                    yield decoder.decompress(more, _CHUNK)
                    more = decoder.unconsumed_tail
            while not decoder.eof and (out := decoder.decompress(b"", _CHUNK)):
                yield out
        except zlib.error as error:
            raise ArchiveError(f"{show(record.name)} is damaged: {error}") from error
        if not decoder.eof or decoder.unused_data or more:
            raise ArchiveError(f"{show(record.name)} is damaged: its compressed data ends elsewhere")
