"""Reading: the same members for every reader, and what an archive says of itself."""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from guildpkg.archive.read import inspect_archive, list_members, open_archive
from guildpkg.core.digests import sha256
from guildpkg.core.events import Event, Progress
from guildpkg.errors import ArchiveError
from guildpkg.system.disk import scan
from guildpkg.system.unpack.packages import extract_package
from tests.archive.making import EPOCH, MEBIBYTE, pack, sample, tree

LONG = "./data/" + "long-" * 30 + "name"
NAMES = [
    *("./", "./.GuildPkg", "./README", "./bin/", "./bin/run", "./data/", "./data/latest"),
    *(LONG, "./data/train/", "./data/train/labels.csv", "./empty/"),
]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return sample(tmp_path)


def told(*argv: str) -> list[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()


def test_members_are_listed_in_order(archive: Path) -> None:
    assert [member.name for member in list_members(archive)] == NAMES


def test_gnu_tar_reads_the_same(archive: Path, tmp_path: Path) -> None:
    assert told("tar", "tf", str(archive)) == NAMES
    (tmp_path / "out").mkdir()
    told("tar", "xf", str(archive), "-C", str(tmp_path / "out"), "--no-same-owner")
    extract_package(archive, tmp_path / "ours")
    assert scan(tmp_path / "out") == scan(tmp_path / "ours")


@pytest.mark.skipif(not shutil.which("bsdtar"), reason="bsdtar is not installed (Debian: libarchive-tools)")
def test_bsdtar_reads_the_same(archive: Path, tmp_path: Path) -> None:
    assert told("bsdtar", "tf", str(archive)) == NAMES
    (tmp_path / "out").mkdir()
    told("bsdtar", "xf", str(archive), "-C", str(tmp_path / "out"))
    extract_package(archive, tmp_path / "ours")
    assert scan(tmp_path / "out") == scan(tmp_path / "ours")


@pytest.mark.skipif(not shutil.which("xz"), reason="xz is not installed (Debian: xz-utils)")
def test_xz_finds_one_sound_stream_of_sized_blocks(tmp_path: Path) -> None:
    archive = pack(tree(tmp_path / "tree", {"a": MEBIBYTE * 10, "b": b"b"}), tmp_path / "sample-1.pkg.tar.xz").path
    told("xz", "-t", str(archive))
    totals = next(line for line in told("xz", "--robot", "-lvv", str(archive)) if line.startswith("totals"))
    assert totals.split("\t")[1:3] == ["1", "2"]
    blocks = [line.split("\t") for line in told("xz", "--robot", "-lvv", str(archive)) if line.startswith("block")]
    assert [block[12] for block in blocks] == ["cu", "cu"], "both sizes stand in each block's header"


@pytest.mark.parametrize("mode", ["r:xz", "r|xz", "r:*", "r|*"])
def test_python_reads_the_same_in_every_mode(archive: Path, mode: str) -> None:
    with tarfile.open(archive, mode) as tar:  # type: ignore[call-overload]
        found = {m.name: (m.isfile() and tar.extractfile(m).read(), m.linkname) for m in tar}
    assert list(found) == [name.rstrip("/") for name in NAMES]
    assert found["./README"] == (b"read me\n", "")
    assert found["./data/latest"] == (False, "train/labels.csv")


def test_members_come_with_their_content(archive: Path) -> None:
    with open_archive(archive) as package:
        contents = {m.name: b"".join(package.content()) for m in package.members()}
    assert contents[b"./README"] == b"read me\n"
    assert contents[b"./data/train/labels.csv"] == b"1,2\n" * 1000


def test_content_that_nobody_takes_is_skipped(archive: Path) -> None:
    with open_archive(archive) as package:
        assert [m.name.decode() for m in package.members()] == NAMES[2:]


@pytest.mark.parametrize("form", ["one block", "several streams", "preset 9", "no check"])
def test_an_archive_that_others_compressed_again_is_read(archive: Path, tmp_path: Path, form: str) -> None:
    plain = lzma.decompress(archive.read_bytes())
    forms = {
        "one block": lambda: lzma.compress(plain),
        "several streams": lambda: lzma.compress(plain[:700]) + lzma.compress(plain[700:]) + bytes(8),
        "preset 9": lambda: lzma.compress(plain, preset=9),
        "no check": lambda: lzma.compress(plain, check=lzma.CHECK_NONE),
    }
    archive.write_bytes(forms[form]())
    assert [member.name for member in list_members(archive)] == NAMES
    assert extract_package(archive, tmp_path / "out").name == "sample"


def test_an_archive_says_what_it_is(archive: Path) -> None:
    found = inspect_archive(archive)
    values = json.loads(json.dumps(found.as_json()))
    assert (values["name"], values["version"], values["file"]) == ("sample", "1", "sample-1.pkg.tar.xz")
    assert (values["sha256"], values["size"]) == (sha256(archive.read_bytes()), archive.stat().st_size)
    assert (values["files"], values["links"], values["installed_size"]) == (4, 1, 4019)
    assert (values["epoch"], values["compression"]) == (EPOCH, "xz")
    assert [source["name"] for source in values["sources"]] == ["data"]
    assert found.text.startswith(b"#-*-conf-*-\n")


def test_a_listing_has_modes_sizes_targets_and_digests(archive: Path) -> None:
    found = {member.name: member.as_json() for member in list_members(archive)}
    expected = {"name": "./bin/run", "kind": "file", "mode": "0755", "size": 10}
    assert found["./bin/run"] == expected | {"sha256": sha256(b"#!/bin/sh\n")}
    assert found["./data/latest"]["target"] == "train/labels.csv"
    assert found["./empty/"]["kind"] == "dir"


def test_names_of_any_bytes_can_be_listed_as_json(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (tmp_path / "tree" / b"caf\xe9".decode("utf-8", "surrogateescape")).write_bytes(b"x")
    listed = list_members(pack(root, tmp_path / "sample-1.pkg.tar.xz").path)
    assert json.dumps(listed[2].as_json()["name"]) == r'"./caf\udce9"'


def test_progress_of_reading_is_told_in_bytes_of_the_file(archive: Path) -> None:
    events: list[Event] = []
    with open_archive(archive, report=events.append, task="Reading") as package:
        assert list(package.members())
    size = archive.stat().st_size
    assert events[-1] == Progress("Reading", size, size, finished=True)


REFUSED = {
    "bzip2": ("bz2", "is bzip2 under the name of xz, as the guild of 2017 wrote its packages"),
    "gzip": ("gz", "is gzip under the name of xz"),
    "plain tar": ("", "is a plain tar under the name of xz"),
    "old lzma": ("lzma", "is lzma under the name of xz"),
}


@pytest.mark.parametrize(("kind", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_xz_is_refused_by_its_true_name(archive: Path, kind: str, message: str) -> None:
    plain = lzma.decompress(archive.read_bytes())
    if kind == "lzma":
        archive.write_bytes(lzma.compress(plain, lzma.FORMAT_ALONE))
    else:
        archive.unlink()
        with tarfile.open(archive, f"w:{kind}") as tar:  # type: ignore[call-overload]
            tar.add(archive.parent / "tree", ".")
    with pytest.raises(ArchiveError, match=message) as caught:
        inspect_archive(archive)
    assert "guild package" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is an empty file under the name of xz"),
        (b"PK\3\4" + bytes(600), "is a zip file under the name of xz"),
        (b"hello", "is not an archive under the name of xz"),
        (b"\x28\xb5\x2f\xfd" + bytes(600), "is zstd under the name of xz"),
    ],
    ids=["empty", "zip", "text", "zstd"],
)
def test_other_files_are_refused_by_their_true_name(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a-1.pkg.tar.xz").write_bytes(data)
    with pytest.raises(ArchiveError, match=message):
        inspect_archive(tmp_path / "a-1.pkg.tar.xz")


def test_an_ordinary_tarball_is_no_package(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.xz", "w:xz") as tar:
        tar.add(__file__, "test.py")
        tar.add(__file__, "other.py")
    with pytest.raises(ArchiveError, match="its manifest is not where it should be"):
        inspect_archive(tmp_path / "a.tar.xz")
