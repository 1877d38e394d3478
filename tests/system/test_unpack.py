"""Unpacking what others made: every kind, every dialect, one result; and nothing half-done."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from guildpkg.core.digests import dir_entry, link_entry
from guildpkg.core.events import Event, Progress
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError, DiskFull
from guildpkg.system.disk import scan
from guildpkg.system.unpack.archives import LATEST, kind_of, unpack
from guildpkg.system.unpack.feed import Budget, Feed
from guildpkg.system.unpack.tarwalk import TarWalk
from tests.archive.making import MEBIBYTE, ended, member, pax, snapshot, tree

TIME = 1_400_000_000
CODERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": lambda data: data,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
    "tar.lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "tar.zst": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}
EVERY_CODER = pytest.mark.parametrize("kind", CODERS)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    root = tree(
        tmp_path / "origin",
        {"README": b"read me\n", "bin/run": b"#!\n", "a/b/c.txt": MEBIBYTE, "a/link": "->b/c.txt", "z/empty/": b""},
    )
    (root / "bin/run").chmod(0o775)
    (root / "README").chmod(0o600)
    for place in (root, *root.rglob("*")):
        os.utime(place, (TIME, TIME), follow_symlinks=False)
    os.utime(root / "README", (TIME + 100, TIME + 100))
    return root


def tar_of(root: Path, form: int = tarfile.PAX_FORMAT) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as tar:
        tar.add(root, "project-1.0")
    return whole.getvalue()


def put(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "download").write_bytes(data)
    return tmp_path / "download"


def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@EVERY_CODER
def test_every_kind_is_known_by_content_and_gives_the_same_tree(origin: Path, tmp_path: Path, kind: str) -> None:
    archive = put(tmp_path, CODERS[kind](tar_of(origin)))
    assert kind_of(archive) == kind
    found = unpack(archive, out(tmp_path), limits=Limits())
    assert scan(out(tmp_path) / "project-1.0") == scan(origin)
    assert found.entries == scan(out(tmp_path))
    assert found.newest == TIME + 100


@pytest.mark.parametrize(
    "form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["ustar", "gnu", "pax"]
)
def test_every_dialect_gives_the_same_tree(origin: Path, tmp_path: Path, form: int) -> None:
    tree(origin, {"f" * 90 + "/" + "n" * 90: b"long", "é/ü": b"utf-8"})
    unpack(put(tmp_path, tar_of(origin, form)), out(tmp_path), limits=Limits())
    assert scan(out(tmp_path) / "project-1.0") == scan(origin)


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_what_gnu_tar_writes_is_read(origin: Path, tmp_path: Path, form: str) -> None:
    argv = ["tar", f"--format={form}", "-C", str(origin), "-czf", str(tmp_path / "download"), "."]
    subprocess.run(argv, check=True)
    unpack(tmp_path / "download", out(tmp_path), limits=Limits())
    assert scan(out(tmp_path)) == scan(origin)


def test_modes_are_two_and_times_are_kept(origin: Path, tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        unpack(put(tmp_path, tar_of(origin)), out(tmp_path), limits=Limits())
    finally:
        os.umask(old)
    root = out(tmp_path) / "project-1.0"
    modes = {name: (root / name).stat().st_mode & 0o7777 for name in ("README", "bin/run", "a", "z/empty")}
    assert modes == {"README": 0o644, "bin/run": 0o755, "a": 0o755, "z/empty": 0o755}
    assert (root / "README").stat().st_mtime == TIME + 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1,2\n" * 1000,
        gzip.compress(b"1,2\n" * 1000),
        bz2.compress(b"x" * 5000),
        lzma.compress(b"x" * 5000),
        b"\x1f\x8bnot really gzip",
        b"BZhello",
        bytes(10240),
        gzip.compress(bytes(10240)),
        b"\x89PNG\r\n\x1a\n" + bytes(600),
    ],
    ids=["empty", "text", "csv.gz", "text.bz2", "text.xz", "no gzip", "no bzip2", "zeros", "zeros.gz", "png"],
)
def test_what_is_no_archive_is_not_taken_for_one(tmp_path: Path, data: bytes) -> None:
    file = put(tmp_path, data)
    assert kind_of(file) is None
    with pytest.raises(ArchiveError, match="download is not an archive that can be unpacked") as caught:
        unpack(file, out(tmp_path), limits=Limits())
    assert "extract = no" in caught.value.hint
    assert not out(tmp_path).exists()


def test_names_of_any_bytes_are_kept(tmp_path: Path) -> None:
    unpack(put(tmp_path, ended(member(b"caf\xe9/\xff", b"x"))), out(tmp_path), limits=Limits())
    assert os.listdir(bytes(out(tmp_path))) == [b"caf\xe9"]


def test_hard_links_become_files_of_their_own(tmp_path: Path) -> None:
    parts = (
        member(b"d/a", b"content", mode=0o755)
        + member(b"b", kind=b"1", target=b"./d/a")
        + member(b"link", kind=b"2", target=b"b")
        + member(b"d/too", kind=b"1", target=b"link", size=0)
    )
    with pytest.raises(ArchiveError) as caught:  # what leads to b from the root leads nowhere good from d/
        unpack(put(tmp_path, ended(parts + member(b"x", kind=b"1", target=b"y"))), out(tmp_path), limits=Limits())
    assert "'x' leads to 'y', which is no earlier member" in str(caught.value)
    found = unpack(put(tmp_path, ended(parts)), out(tmp_path), limits=Limits())
    assert (out(tmp_path) / "b").read_bytes() == b"content"
    assert (out(tmp_path) / "b").stat().st_ino != (out(tmp_path) / "d/a").stat().st_ino
    assert link_entry(b"d/too", b"b") in found.entries
    assert found.entries == scan(out(tmp_path))


def test_a_path_may_be_written_in_many_ways(tmp_path: Path) -> None:
    parts = (
        member(b"././a//b/", kind=b"5")
        + member(b"./a/./b//c", b"c")
        + member(b"old/", kind=b"\0")
        + member(b"a/b", kind=b"5")
    )
    found = unpack(put(tmp_path, ended(parts)), out(tmp_path), limits=Limits())
    assert [entry.path for entry in found.entries] == [b"a/b/c", b"old"]
    assert dir_entry(b"old") in found.entries


@pytest.mark.parametrize(
    ("mtime", "newest"), [(TIME, TIME), (-5, 0), (1 << 40, LATEST), (0, 0)], ids=["plain", "before 1970", "far", "1970"]
)
def test_the_newest_time_is_one_that_archives_can_hold(tmp_path: Path, mtime: int, newest: int) -> None:
    data = ended(member(b"a", b"", mtime=mtime))
    assert unpack(put(tmp_path, data), out(tmp_path), limits=Limits()).newest == newest


def test_fractions_of_pax_times_are_dropped(tmp_path: Path) -> None:
    data = ended(pax({b"mtime": b"1400000000.75"}) + member(b"a", b""))
    assert unpack(put(tmp_path, data), out(tmp_path), limits=Limits()).newest == TIME


def test_records_for_all_members_do_not_pile_up(tmp_path: Path) -> None:
    """Three hundred of them, each with a key of its own that nobody looks at: what is kept does not grow with them."""
    block = bytes(1 << 15)
    parts = (pax({b"x%d" % n: block}, kind=b"g") + member(b"%d" % n) for n in range(300))
    walk = TarWalk(Feed((part for part in parts), Budget(Limits(), 1 << 24, "it")))
    tracemalloc.start()
    try:
        assert sum(1 for _, _ in zip(walk, range(299), strict=False)) == 299
        assert tracemalloc.get_traced_memory()[1] < 1 << 21
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("records", [pax({b"path": b"x" * 70_000}), pax({b"path": b"x" * 70_000}, kind=b"g")])
def test_a_name_that_no_system_has_is_refused(tmp_path: Path, records: bytes) -> None:
    with pytest.raises(ArchiveError, match="is a name of 70,000 bytes"):
        unpack(put(tmp_path, ended(records + member(b"a"))), out(tmp_path), limits=Limits())


def test_an_archive_of_several_streams_is_one(origin: Path, tmp_path: Path) -> None:
    data = tar_of(origin)
    for kind in ("tar.gz", "tar.bz2", "tar.xz", "tar.zst"):
        joined = CODERS[kind](data[:5000]) + CODERS[kind](data[5000:]) + bytes(8 if kind == "tar.xz" else 0)
        unpack(put(tmp_path, joined), tmp_path / kind, limits=Limits())
        assert scan(tmp_path / kind / "project-1.0") == scan(origin)


def test_what_tapes_and_zstd_put_in_front_is_passed_over(tmp_path: Path) -> None:
    parts = ended(member(b"label", kind=b"V") + member(b"a", b"a"))
    skippable = b"\x50\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"comment"
    archive = put(tmp_path, skippable + CODERS["tar.zst"](parts))
    assert kind_of(archive) == "tar.zst"
    assert [entry.path for entry in unpack(archive, out(tmp_path), limits=Limits()).entries] == [b"a"]


@EVERY_CODER
@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_cut_archives_are_refused_and_leave_nothing(origin: Path, tmp_path: Path, kind: str, share: float) -> None:
    plain = tar_of(tree(origin, {"noise": hashlib.shake_256(b"n").digest(100_000)}))
    data = CODERS[kind](plain.rstrip(b"\0") if kind == "tar" else plain)
    with pytest.raises(ArchiveError, match=r"download: .*(cut short|in the middle)"):
        unpack(put(tmp_path, data[: int(len(data) * share) - 1]), out(tmp_path), limits=Limits())
    assert not out(tmp_path).exists()


@pytest.mark.parametrize("kind", [kind for kind in CODERS if kind != "tar"])
def test_what_follows_the_compressed_data_is_refused(origin: Path, tmp_path: Path, kind: str) -> None:
    with pytest.raises(ArchiveError, match=r"download: .*(no such data|damaged)"):
        unpack(put(tmp_path, CODERS[kind](tar_of(origin)) + b"something else"), out(tmp_path), limits=Limits())
    assert not out(tmp_path).exists()


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz", "tar.zst"])
def test_a_flipped_byte_is_found(origin: Path, tmp_path: Path, kind: str) -> None:
    noisy = tree(origin, {"noise": hashlib.shake_256(b"n").digest(1 << 20)})
    data = bytearray(CODERS[kind](tar_of(noisy)))
    data[-600_000] ^= 0x20
    with pytest.raises(ArchiveError, match=r"download: .*damaged"):
        unpack(put(tmp_path, bytes(data)), out(tmp_path), limits=Limits())
    assert not out(tmp_path).exists()


BOMBS = {
    "ratio": (
        lambda: lzma.compress(ended(member(b"a", bytes(40 << 20)))),
        Limits(),
        "2000 times its size: it is a bomb",
    ),
    "ratio of what follows the end": (
        lambda: lzma.compress(ended(member(b"a", b"")) + bytes(60 << 20)),
        Limits(),
        "2000 times its size: it is a bomb",
    ),
    "ratio of zstd": (
        lambda: CODERS["tar.zst"](ended(member(b"a", bytes(100 << 20)))),
        Limits(),
        "2000 times its size: it is a bomb",
    ),
    "size": (lambda: gzip.compress(ended(member(b"a", MEBIBYTE * 2))), Limits(unpacked=1 << 20), "more than 1.0 MB"),
    "members": (
        lambda: ended(b"".join(member(b"%d" % number) for number in range(11))),
        Limits(members=10),
        "more than 10 members",
    ),
    "folders": (lambda: ended(member(b"d/" * 11 + b"a")), Limits(members=10), "more than 10 members"),
    "links": (
        lambda: ended(b"".join(member(b"%d" % number, kind=b"2", target=b"x") for number in range(11))),
        Limits(members=10),
        "more than 10 members",
    ),
    "hard links": (
        lambda: ended(
            member(b"a", MEBIBYTE) + b"".join(member(b"%d" % number, kind=b"1", target=b"a") for number in range(30))
        ),
        Limits(unpacked=8 << 20),
        "unpacks to more than 8.4 MB",
    ),
    "dictionary": (
        lambda: lzma.compress(
            ended(member(b"a")), lzma.FORMAT_XZ, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]
        ),
        Limits(),
        "not an archive that can be unpacked",
    ),
}


@pytest.mark.parametrize(("make", "limits", "message"), BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_and_leave_nothing(
    tmp_path: Path, make: Callable[[], bytes], limits: Limits, message: str
) -> None:
    with pytest.raises(ArchiveError, match=message):
        unpack(put(tmp_path, make()), out(tmp_path), limits=limits)
    assert not out(tmp_path).exists()


def test_an_archive_goes_beside_what_is_there(origin: Path, tmp_path: Path) -> None:
    tree(out(tmp_path), {"project-1.0/a/other": b"other"})
    found = unpack(put(tmp_path, tar_of(origin)), out(tmp_path), limits=Limits())
    assert (out(tmp_path) / "project-1.0/a/other").read_bytes() == b"other"
    assert b"project-1.0/a/other" not in [entry.path for entry in found.entries]


@pytest.mark.parametrize(
    ("there", "message"),
    [
        ({"project-1.0/README": b"mine"}, "'project-1.0/README' is there already"),
        ({"project-1.0/a/link": b"mine"}, "'project-1.0/a/link' is there already"),
        ({"project-1.0": b"mine"}, "'project-1.0' is there already and is not a folder"),
        (
            {"project-1.0/a": "->../elsewhere", "elsewhere/": b""},
            "'project-1.0/a' is there already and is not a folder",
        ),
        ({"project-1.0/README": "->/dev/null"}, "'project-1.0/README' is there already"),
    ],
    ids=["file", "link", "file for a folder", "link for a folder", "link for a file"],
)
def test_what_is_there_is_never_written_over_or_through(
    origin: Path, tmp_path: Path, there: dict[str, bytes | str], message: str
) -> None:
    tree(out(tmp_path), there)
    before = snapshot(out(tmp_path))
    with pytest.raises(ArchiveError, match=message):
        unpack(put(tmp_path, tar_of(origin)), out(tmp_path), limits=Limits())
    assert snapshot(out(tmp_path)) == before


@pytest.mark.parametrize("second", [member(b"readme", b"two"), member(b"readme/x", b"two")], ids=["file", "folder"])
def test_names_that_the_file_system_takes_for_one_are_refused(tmp_path: Path, second: bytes) -> None:
    """A file of the second name stands there as soon as the first is written: what ignoring case looks like."""
    tree(out(tmp_path), {"readme": b"README on a file system that ignores case"})
    with pytest.raises(ArchiveError, match=r"'readme' and 'README' are one name on this file system"):
        unpack(put(tmp_path, ended(member(b"README", b"one") + second)), out(tmp_path), limits=Limits())
    assert os.listdir(out(tmp_path)) == ["readme"]


def test_a_full_disk_is_said_and_leaves_nothing(origin: Path, tmp_path: Path) -> None:
    archive = put(tmp_path, tar_of(origin))
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from guildpkg.core.sources import Limits; from guildpkg.system.unpack.archives import unpack\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999))\n"
        "unpack(Path(sys.argv[1]), Path(sys.argv[2]), limits=Limits())\n"
    )
    argv = [sys.executable, "-c", code, str(archive), str(out(tmp_path))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert DiskFull.__name__ in done.stderr
    assert not out(tmp_path).exists()


def test_progress_is_told_in_bytes_of_the_file(origin: Path, tmp_path: Path) -> None:
    archive = put(tmp_path, tar_of(origin))
    events: list[Event] = []
    unpack(archive, out(tmp_path), limits=Limits(), report=events.append)
    size = archive.stat().st_size
    assert events[-1] == Progress("Extracting download", size, size, finished=True)
    assert Progress("Extracting download", 1 << 20, size) in events


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name, (2014, 5, 13, 16, 53, 20)), b"content " * 100, method)
    return whole.getvalue()


def test_a_zip_gives_the_tree_that_was_packed(origin: Path, tmp_path: Path) -> None:
    subprocess.run(["zip", "-q", "-r", "-y", str(tmp_path / "download.zip"), "."], cwd=origin, check=True)
    archive = (tmp_path / "download.zip").rename(tmp_path / "download")
    assert kind_of(archive) == "zip"
    found = unpack(archive, out(tmp_path), limits=Limits())
    assert scan(out(tmp_path)) == scan(origin) == found.entries


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_times_of_a_zip_are_taken_for_utc(tmp_path: Path, method: int) -> None:
    assert unpack(put(tmp_path, zipped("a", method=method)), out(tmp_path), limits=Limits()).newest == TIME


def test_a_zip_made_for_a_pipe_is_read(tmp_path: Path) -> None:
    """Its sizes stand behind the data, and in the directory."""
    code = "import sys, zipfile\nwith zipfile.ZipFile(sys.stdout.buffer, 'w') as z: z.writestr('a', b'x' * 1000)"
    data = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    unpack(put(tmp_path, data), out(tmp_path), limits=Limits())
    assert (out(tmp_path) / "a").read_bytes() == b"x" * 1000


@pytest.mark.parametrize("content", [bytes(5 << 20), MEBIBYTE * 3, hashlib.shake_256(b"z").digest(3 << 20)])
def test_large_members_of_a_zip_come_in_pieces(tmp_path: Path, content: bytes) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", content)
    unpack(put(tmp_path, whole.getvalue()), out(tmp_path), limits=Limits())
    assert (out(tmp_path) / "a").read_bytes() == content


def test_a_zip64_is_read(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed, packed.open("a", "w", force_zip64=True) as file:
        file.write(b"x" * 1000)
    unpack(put(tmp_path, whole.getvalue()), out(tmp_path), limits=Limits())
    assert (out(tmp_path) / "a").read_bytes() == b"x" * 1000


@pytest.mark.parametrize(
    ("flags", "raw", "name"),
    [(0x800, "é".encode(), "é"), (0, "é".encode(), "é"), (0, b"\x82", "é")],
    ids=["flagged", "not flagged", "code page 437"],
)
def test_names_in_a_zip_become_utf8(tmp_path: Path, flags: int, raw: bytes, name: str) -> None:
    data = bytearray(zipped("x" * len(raw)))
    for at in (6, data.index(b"PK\1\2") + 8):
        data[at : at + 2] = flags.to_bytes(2, "little")
    unpack(put(tmp_path, bytes(data).replace(b"x" * len(raw), raw)), out(tmp_path), limits=Limits())
    assert os.listdir(out(tmp_path)) == [name]
