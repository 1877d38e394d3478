"""Zip files that lie, escape or explode: refused in their own words, and nothing is left."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError
from guildpkg.system.unpack.archives import unpack
from tests.archive.making import snapshot

CONTENT = b"content " * 100
LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
SHORT, LONG = struct.Struct("<H"), struct.Struct("<I")


def made(*names: str, mode: int = 0, content: bytes = CONTENT, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Write a zip whose members have these names, good or bad, and one content."""
    encoder = zlib.compressobj(wbits=-15)
    packed = content if method == zipfile.ZIP_STORED else encoder.compress(content) + encoder.flush()
    body = directory = b""
    for name in map(str.encode, names):
        facts = struct.pack("<HHHHIII", 0, method, 0x86AA, 0x44AD, zlib.crc32(content), len(packed), len(content))
        lengths = struct.pack("<HH", len(name), 0)
        directory += CENTRAL + struct.pack("<HH", 3 << 8 | 20, 20) + facts + lengths
        directory += struct.pack("<HHHII", 0, 0, 0, mode << 16, len(body)) + name
        body += LOCAL + struct.pack("<H", 20) + facts + lengths + name + packed
    return body + directory + END + struct.pack("<HHHHIIH", 0, 0, len(names), len(names), len(directory), len(body), 0)


def patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Write *value* at *offset* from the first *mark*."""
    at = data.index(mark) + offset
    return data[:at] + value + data[at + len(value) :]


def flagged(data: bytes, flags: int) -> bytes:
    """Set the flags in both headers of the first member."""
    return patched(patched(data, LOCAL, 6, SHORT.pack(flags)), CENTRAL, 8, SHORT.pack(flags))


def overlapping() -> bytes:
    """Two members in the directory that share the data of one."""
    data = made("a", content=b"x" * 300)
    start, end = data.index(CENTRAL), data.index(END)
    record = data[start:end]
    tail = END + struct.pack("<HHHHIIH", 0, 0, 2, 2, 2 * len(record), start, 0)
    return data[:start] + record + record + tail


def zip64(count: int) -> bytes:
    """A zip with a second directory end, which claims this many members of the one that there is."""
    data = made("a")
    at = data.index(END)
    start = data.index(CENTRAL)
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, at - start, start)
    return data[:at] + record + b"PK\6\7" + struct.pack("<IQI", 0, at, 1) + data[at:]


def lying_extra() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed, packed.open("a", "w", force_zip64=True) as file:
        file.write(b"x" * 1000)
    data = whole.getvalue()
    return patched(data, struct.pack("<HHQQ", 1, 16, 1000, 1000), 4, struct.pack("<QQ", 1 << 40, 1 << 40))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "absolute path": (lambda: made("/tmp/evil"), "it is absolute"),
    "path climbing out": (lambda: made("../evil"), "leads out of its folder"),
    "path climbing out from below": (lambda: made("a/../../evil"), "leads out of its folder"),
    "path with backslashes": (lambda: made("..\\evil"), "it is a path of Windows"),
    "path on a drive": (lambda: made("C:/evil"), "it is a path of Windows"),
    "path with a NUL": (lambda: made("a\0.txt"), "it has a NUL in it"),
    "path too long": (lambda: made("q" * 300), "longer than 255 bytes"),
    "absolute link": (lambda: made("a", mode=stat.S_IFLNK | 0o777, content=b"/etc"), "target is absolute"),
    "link climbing out": (lambda: made("a", mode=stat.S_IFLNK | 0o777, content=b"../x"), "target lies outside"),
    "link too long": (lambda: made("a", mode=stat.S_IFLNK | 0o777, content=b"x" * 3000), "longer than 2000 bytes"),
    "device": (lambda: made("a", mode=stat.S_IFCHR | 0o644), "is a device"),
    "pipe": (lambda: made("a", mode=stat.S_IFIFO | 0o644), "is a device"),
    "folder with content": (lambda: made("a/"), "is a dir and claims to have content"),
    "two files of one name": (lambda: made("same", "same"), "is in the archive twice"),
    "file below a file": (lambda: made("a", "a/b"), "is a file in the archive and has members below it"),
    "encrypted": (lambda: flagged(made("a"), 1), "is encrypted"),
    "encrypted strongly": (lambda: flagged(made("a"), 0x40), "is encrypted"),
    "method nobody has": (
        lambda: patched(patched(made("a"), LOCAL, 8, SHORT.pack(99)), CENTRAL, 10, SHORT.pack(99)),
        "compressed by method 99",
    ),
    "another name inside": (lambda: patched(made("a"), LOCAL, 30, b"b"), "header that differs from the directory"),
    "another size inside": (lambda: patched(made("a"), LOCAL, 22, LONG.pack(5)), "header that differs"),
    "another method inside": (lambda: patched(made("a"), LOCAL, 8, SHORT.pack(0)), "header that differs"),
    "wrong checksum": (
        lambda: patched(patched(made("a"), LOCAL, 14, LONG.pack(5)), CENTRAL, 16, LONG.pack(5)),
        "its size or checksum is not what the directory says",
    ),
    "size too small": (
        lambda: patched(patched(made("a"), LOCAL, 22, LONG.pack(5)), CENTRAL, 24, LONG.pack(5)),
        "its size or checksum is not what the directory says",
    ),
    "size too large": (
        lambda: patched(patched(made("a"), LOCAL, 22, LONG.pack(5000)), CENTRAL, 24, LONG.pack(5000)),
        "its size or checksum is not what the directory says",
    ),
    "stored in two sizes": (
        lambda: patched(made("a", method=zipfile.ZIP_STORED), CENTRAL, 24, LONG.pack(5)),
        "is stored and claims two sizes",
    ),
    "data that goes on behind its end": (
        lambda: patched(patched(made("a", "b"), LOCAL, 18, LONG.pack(9)), CENTRAL, 20, LONG.pack(9)),
        "compressed data ends elsewhere",
    ),
    "data damaged": (lambda: patched(made("a"), LOCAL, 33, b"\xff\xff"), "is damaged"),
    "members that overlap": (overlapping, "overlaps the member behind it"),
    "member behind the end": (lambda: patched(made("a"), CENTRAL, 42, LONG.pack(1 << 30)), "overlaps|not where"),
    "member elsewhere": (lambda: patched(made("a"), CENTRAL, 42, LONG.pack(3)), "not where the directory says"),
    "cut short": (lambda: made("a")[:-10], "no directory: it is cut short"),
    "cut in half": (lambda: made("a")[:60], "no directory: it is cut short"),
    "something behind the end": (lambda: made("a") + b"x", "something behind its end"),
    "directory elsewhere": (lambda: patched(made("a"), END, 16, LONG.pack(3)), "not where its end says"),
    "directory damaged": (lambda: patched(made("a"), CENTRAL, 0, b"PK\1\1"), "directory of the zip is damaged"),
    "number of members": (
        lambda: patched(made("a"), END, 8, SHORT.pack(9) * 2),
        "has 1 members and claims 9",
    ),
    "directory of gigabytes": (lambda: patched(made("a"), END, 12, LONG.pack(3 << 30)), "claims 3,221,225,472 bytes"),
    "one of several parts": (lambda: patched(made("a"), END, 4, SHORT.pack(1)), "one of several parts"),
    "zip64 that lies": (lambda: zip64(7), "contradicts the other one"),
    "zip64 that lies of a member": (lying_extra, "header that differs from the directory"),
    "zip64 elsewhere": (
        lambda: patched(zip64(7), b"PK\6\7", 8, struct.pack("<Q", 5)),
        "zip64 directory is not where it is said to be",
    ),
    "bomb": (lambda: made("a", "b", content=bytes(30 << 20)), "2000 times its size|unpacks to more than"),
}


@pytest.mark.parametrize(("make", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_zip_is_refused(tmp_path: Path, make: Callable[[], bytes], message: str) -> None:
    archive = tmp_path / "source.zip"
    archive.write_bytes(make())
    before = snapshot(tmp_path)
    with pytest.raises(ArchiveError, match=message) as caught:
        unpack(archive, tmp_path / "inside", limits=Limits(ratio=500))
    assert "source.zip" in str(caught.value)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(("limits", "message"), [
    (Limits(members=1), "more than 1 members"),
    (Limits(unpacked=1000), "unpacks to more than 1.0 kB"),
], ids=["members", "size"])  # fmt: skip
def test_limits_hold_for_zips(tmp_path: Path, limits: Limits, message: str) -> None:
    (tmp_path / "source.zip").write_bytes(made("a", "b"))
    with pytest.raises(ArchiveError, match=message):
        unpack(tmp_path / "source.zip", tmp_path / "inside", limits=limits)
    assert not (tmp_path / "inside").exists()


def test_an_honest_zip_of_the_same_making_is_unpacked(tmp_path: Path) -> None:
    """The maker above is sound, so the refusals are about what was changed."""
    (tmp_path / "source.zip").write_bytes(made("a", "b/c"))
    found = unpack(tmp_path / "source.zip", tmp_path / "inside", limits=Limits())
    assert [entry.path for entry in found.entries] == [b"a", b"b/c"]


def test_a_date_that_is_none_is_the_first_that_a_zip_has(tmp_path: Path) -> None:
    (tmp_path / "source.zip").write_bytes(patched(made("a"), CENTRAL, 12, bytes(4)))
    assert unpack(tmp_path / "source.zip", tmp_path / "inside", limits=Limits()).newest == 315532800


def test_an_honest_zip64_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "source.zip").write_bytes(zip64(1))
    assert len(unpack(tmp_path / "source.zip", tmp_path / "inside", limits=Limits()).entries) == 1


def test_an_empty_zip_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "source.zip").write_bytes(END + bytes(18))
    assert unpack(tmp_path / "source.zip", tmp_path / "inside", limits=Limits()).entries == ()
