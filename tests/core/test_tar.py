"""Tar headers, beside those of Python's tarfile."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.archive.layout import Slot, slot_of
from guildpkg.core.archive.tar import BLOCK, decode, encode, end, padding, pax_records, sound, span, span_of
from guildpkg.core.digests import Entry, sha256
from guildpkg.errors import ArchiveError

NAMES = st.binary(min_size=1, max_size=300).filter(lambda name: 0 not in name)
TYPES = {"file": tarfile.REGTYPE, "link": tarfile.SYMTYPE, "dir": tarfile.DIRTYPE}


def theirs(slot: Slot, mtime: int) -> bytes:
    info = tarfile.TarInfo(slot.name.decode("utf-8", "surrogateescape"))
    info.type, info.mode, info.size, info.mtime = TYPES[slot.kind], slot.mode, slot.size, mtime
    info.linkname = slot.target.decode("utf-8", "surrogateescape")
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


@given(NAMES, st.sampled_from(["file", "link"]), NAMES, st.integers(0, 1 << 40), st.integers(0, 1 << 36))
def test_headers_are_those_of_the_gnu_format(name: bytes, kind: str, target: bytes, size: int, mtime: int) -> None:
    """The last header block is the one that tarfile writes; records before it differ in a mode that means nothing."""
    slot = Slot(name, kind, 0o644, size if kind == "file" else 0, target if kind == "link" else b"")
    ours, expected = encode(slot, mtime), theirs(slot, mtime)
    assert ours[-BLOCK:] == expected[-BLOCK:]
    assert len(ours) == len(expected)
    assert span(slot) == len(ours) + slot.size + padding(slot.size)


@given(NAMES, st.sampled_from(["file", "link", "dir", None]), NAMES, st.integers(0, 1 << 40))
def test_the_span_of_an_entry_is_that_of_its_slot(path: bytes, kind: str | None, target: bytes, size: int) -> None:
    long, to = {"file": (size, b""), "link": (len(target), target)}.get(kind or "", (0, b""))
    entry = Entry(path, kind, executable=False, size=long, sha256=sha256(b""), target=to) if kind else None
    assert span_of(path, entry) == span(slot_of(path, entry))
    assert span_of(b"", None) == span(slot_of(b"", None))


@given(NAMES, st.integers(0, 1 << 62), st.integers(0, 1 << 40))
def test_tarfile_reads_what_we_write(name: bytes, size: int, mtime: int) -> None:
    header = tarfile.TarInfo.frombuf(
        encode(Slot(name, "file", 0o755, size), mtime)[-BLOCK:], "utf-8", "surrogateescape"
    )
    assert (header.mode, header.size, header.mtime, header.uid, header.uname) == (0o755, size, mtime, 0, "")


@given(NAMES.filter(lambda name: len(name) <= 100), st.integers(0, 1 << 62), st.integers(-(1 << 40), 1 << 40))
def test_we_read_what_tarfile_writes(name: bytes, size: int, mtime: int) -> None:
    header = decode(theirs(Slot(name, "file", 0o644, size), mtime)[-BLOCK:])
    assert header is not None
    # tarfile drops the slash at the end of a file's name
    assert (header.name.rstrip(b"/"), header.size, header.mtime) == (name.rstrip(b"/"), size, mtime)


def test_a_ustar_prefix_is_joined() -> None:
    info = tarfile.TarInfo("folder/" * 20 + "name")
    header = decode(info.tobuf(tarfile.USTAR_FORMAT))
    assert header is not None
    assert header.name == b"folder/" * 20 + b"name"


def test_zeros_are_no_header() -> None:
    assert decode(bytes(BLOCK)) is None


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [(0, b"x", "checksum"), (148, b"999999", "checksum"), (500, b"x", "checksum")],
    ids=["name", "checksum", "padding"],
)
def test_a_damaged_header_is_refused(place: int, value: bytes, message: str) -> None:
    block = bytearray(encode(Slot(b"a", "file", 0o644, 5), 0))
    block[place : place + len(value)] = value
    with pytest.raises(ArchiveError, match=message):
        decode(bytes(block))


def test_what_is_too_short_is_no_header() -> None:
    assert not sound(b"ustar")
    assert not sound(encode(Slot(b"a", "file", 0o644), 0)[:-1])


def test_a_checksum_of_signed_bytes_is_taken_too() -> None:
    """Old programs summed up signed characters."""
    block = encode(Slot(b"\xe9\xe8", "file", 0o644), 0)
    total = sum(block[:148]) + 256 + sum(block[156:])
    assert sound(block[:148] + b"%06o\0 " % (total - 512) + block[156:])


@pytest.mark.parametrize("written", [0, 512, 1024, 10240, 10240 - 1024, 10240 - 512])
def test_an_archive_ends_on_a_record(written: int) -> None:
    assert len(end(written)) >= 1024
    assert (written + len(end(written))) % 10240 == 0


@given(st.dictionaries(st.from_regex(rb"[A-Za-z.]{1,20}", fullmatch=True), st.binary(max_size=300), max_size=5))
def test_pax_records_are_read_as_tarfile_writes_them(records: dict[bytes, bytes]) -> None:
    text = {key.decode(): value.decode("latin-1") for key, value in records.items()}
    written = tarfile.TarInfo._create_pax_generic_header(text, tarfile.XHDTYPE, "utf-8")  # type: ignore[attr-defined]
    expected = {key.encode(): value.encode() for key, value in text.items()}
    assert pax_records(written[BLOCK:].rstrip(b"\0")) == expected


@pytest.mark.parametrize("data", [b"5 a=b\n", b"6 a=bc", b"x", b"0 a=b\n", b"99 a=b\n", b"6 abcd\n", b"6 a=bX"])
def test_damaged_pax_records_are_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError, match="pax header is damaged"):
        pax_records(data)
