"""Verifying: every way in which an archive can differ from its manifest has its words, and all are told at once."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from guildpkg.archive.verify import verify_archive
from guildpkg.core.archive.manifest import format_manifest
from guildpkg.core.digests import sha256
from guildpkg.core.events import Event, Progress
from guildpkg.errors import ArchiveError, IntegrityError
from guildpkg.system.disk import scan
from guildpkg.system.unpack.packages import extract_package
from tests.archive.making import MEBIBYTE, ended, file_line, hand_made_package, manifest_of, member, pack, sample, tree

A = member(b"./a", b"aaaa")
B = member(b"./b", b"bbbb")
LINES = file_line(b"a", b"aaaa") + file_line(b"b", b"bbbb")


@pytest.mark.parametrize("compression", ["xz", "zst"])
def test_a_sound_archive_is_verified(tmp_path: Path, compression: str) -> None:
    archive = sample(tmp_path, compression=compression)
    verified = verify_archive(archive)
    assert (verified.manifest.name, verified.members) == ("sample", 11)
    assert (verified.sha256, verified.size) == (sha256(archive.read_bytes()), archive.stat().st_size)


def test_many_blocks_are_verified_by_several_threads(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {"a": MEBIBYTE * 24})
    archive = pack(root, tmp_path / "sample-1.pkg.tar.xz").path
    events: list[Event] = []
    assert verify_archive(archive, workers=3, report=events.append).manifest.size == 24 << 20
    assert sum(isinstance(event, Progress) for event in events) >= 4


def test_a_hand_made_archive_can_be_sound_too(tmp_path: Path) -> None:
    """The tests' own tar writer and ours agree, so the differences below are what they seem."""
    verify_archive(hand_made_package(tmp_path / "sample-1.pkg.tar.xz", LINES, A + B))


DIFFERENT: dict[str, tuple[bytes, str]] = {
    "content": (A + member(b"./b", b"BBBB"), "'./b' has (not )?the SHA-256"),
    "shorter": (A + member(b"./b", b"bbb"), "'./b' has 3 bytes, the manifest says 4"),
    "mode": (A + member(b"./b", b"bbbb", mode=0o755), "'./b' has the mode 0755 instead of 0644"),
    "time": (A + member(b"./b", b"bbbb", mtime=5), "'./b' has the time 5 instead of 1509494400"),
    "owner": (A + member(b"./b", b"bbbb", uid=5), "'./b' has an owner"),
    "owner's name": (A + member(b"./b", b"bbbb", uname=b"eve"), "'./b' has an owner"),
    "kind": (A + member(b"./b", kind=b"2", target=b"a"), "'./b' is a link, the manifest says file"),
    "missing": (A, "'./b' is missing"),
    "extra": (A + B + member(b"./c", b"cccc"), "'./c' is not in the manifest"),
    "twice": (A + B + B, "'./b' is (there twice|not in the manifest)"),
    "order": (B + A, "'./a' is out of order|'./b' stands where './a' should be"),
    "another name": (A + member(b"b", b"bbbb"), "'b' (is not in the manifest|stands where)"),
    "another dialect": (
        A + B.replace(b"ustar  \0", b"ustar  \0"[:5] + b"\0" + b"00"),
        "checksum|that guild does not write",
    ),
    "gap": (A + member(b"./b", b"bbbb", fill=b"!"), "in the gaps between members"),
}


@pytest.mark.parametrize(("parts", "message"), DIFFERENT.values(), ids=DIFFERENT)
@pytest.mark.parametrize(
    "use", [verify_archive, lambda path: extract_package(path, path.parent / "out")], ids=["v", "x"]
)
def test_a_difference_is_named(tmp_path: Path, parts: bytes, message: str, use: Callable[[Path], object]) -> None:
    archive = hand_made_package(tmp_path / "sample-1.pkg.tar.xz", LINES, parts)
    with pytest.raises((IntegrityError, ArchiveError), match=message):
        use(archive)
    assert [place.name for place in tmp_path.iterdir()] == [archive.name]


def test_all_differences_are_told_at_once(tmp_path: Path) -> None:
    parts = member(b"./b", b"BBBB") + member(b"./x", b"") + member(b"./a", b"aaaa", uid=1)
    archive = hand_made_package(tmp_path / "sample-1.pkg.tar.xz", LINES + file_line(b"c", b""), parts)
    with pytest.raises(IntegrityError) as caught:
        verify_archive(archive)
    lines = str(caught.value).splitlines()
    assert lines[0] == "sample-1.pkg.tar.xz is not what its manifest says:"
    assert [line.split()[0] for line in lines[1:]] == ["'./b'", "'./x'", "'./a'", "'./a'", "'./c'"]
    assert "build it again" in caught.value.hint


def test_of_very_many_differences_the_first_are_told(tmp_path: Path) -> None:
    parts = b"".join(member(b"./%d" % number, b"") for number in range(1000))
    with pytest.raises(IntegrityError) as caught:
        verify_archive(hand_made_package(tmp_path / "sample-1.pkg.tar.xz", b"", parts))
    assert len(str(caught.value).splitlines()) == 52


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plain: plain + bytes(10240), "the tar inside has .* bytes instead of"),
        (lambda plain: plain[:-512], "the tar inside has .* bytes instead of"),
        (lambda plain: plain[:-512] + b"x" * 512, "behind the last"),
        (lambda plain: plain.replace(b"./\0", b"./\1", 1), "checksum"),
    ],
    ids=["zeros behind the end", "end cut", "something behind the end", "root damaged"],
)
def test_the_end_of_the_tar_is_looked_at(tmp_path: Path, change: Callable[[bytes], bytes], message: str) -> None:
    archive = sample(tmp_path)
    archive.write_bytes(lzma.compress(change(lzma.decompress(archive.read_bytes()))))
    with pytest.raises((IntegrityError, ArchiveError), match=message):
        verify_archive(archive)
    with pytest.raises((IntegrityError, ArchiveError), match=message):
        extract_package(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (member(b"./", kind=b"5", mode=0o700), "'./' has the mode 0700 instead of 0755"),
        (member(b"./", kind=b"5", mode=0o755, mtime=7), "'./' has the time 7"),
        (member(b".", kind=b"5", mode=0o755), "'.' stands where './' should be"),
    ],
    ids=["mode", "time", "name"],
)
def test_the_first_member_is_looked_at(tmp_path: Path, first: bytes, message: str) -> None:
    text = format_manifest(manifest_of(()))
    archive = tmp_path / "sample-1.pkg.tar.xz"
    archive.write_bytes(lzma.compress(ended(first + member(b"./.GuildPkg", text))))
    with pytest.raises(IntegrityError, match=message):
        verify_archive(archive)
    with pytest.raises(IntegrityError, match=message):
        extract_package(archive, tmp_path / "out")


def test_a_manifest_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    archive = tmp_path / "sample-1.pkg.tar.xz"
    claim = member(b"./.GuildPkg", b"[package]\n", size=5 << 30)
    archive.write_bytes(lzma.compress(ended(member(b"./", kind=b"5", mode=0o755) + claim)))
    with pytest.raises(ArchiveError, match="the manifest has more than 64 MiB"):
        verify_archive(archive)


def test_an_archive_under_another_name_is_told_its_own(tmp_path: Path) -> None:
    archive = sample(tmp_path).rename(tmp_path / "other-2.pkg.tar.xz")
    with pytest.raises(IntegrityError, match=r"the file should be named sample-1\.pkg\.tar\.xz"):
        verify_archive(archive)


def test_the_compression_is_the_one_that_the_manifest_says(tmp_path: Path) -> None:
    archive = tmp_path / "sample-1.pkg.tar.zst"
    plain = lzma.decompress(hand_made_package(archive, LINES, A + B).read_bytes())
    archive.write_bytes(zstandard.compress(plain))
    with pytest.raises(IntegrityError, match="the manifest says that the archive is xz"):
        verify_archive(archive)
    with pytest.raises(IntegrityError, match="the manifest says that the archive is xz"):
        extract_package(archive, tmp_path / "out")


def test_a_name_that_promises_nothing_is_no_difference(tmp_path: Path) -> None:
    assert verify_archive(sample(tmp_path).rename(tmp_path / "download.part")).members == 11


def test_a_recipe_inside_that_is_no_canonical_tar_is_a_difference(tmp_path: Path) -> None:
    archive = tmp_path / "sample-1.pkg.tar.xz"
    text = format_manifest(manifest_of(()))
    head = text[: text.index(b"bundle = ")] + b"bundle = AAAA\n"
    archive.write_bytes(lzma.compress(ended(member(b"./", kind=b"5", mode=0o755) + member(b"./.GuildPkg", head))))
    with pytest.raises(IntegrityError, match=r"cut short|not written the way"):
        verify_archive(archive)


@pytest.mark.parametrize("compression", ["xz", "zst"])
@pytest.mark.parametrize(
    "damage", ["cut by 1", "cut by 4", "cut in half", "flipped", "garbage behind", "only the magic"]
)
def test_damaged_archives_are_refused(tmp_path: Path, compression: str, damage: str) -> None:
    archive = sample(tmp_path, compression=compression)
    data = archive.read_bytes()
    half = len(data) // 2
    damaged = {
        "cut by 1": data[:-1],
        "cut by 4": data[:-4],
        "cut in half": data[:half],
        "flipped": data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :],
        "garbage behind": data + b"garbage",
        "only the magic": data[:6],
    }
    archive.write_bytes(damaged[damage])
    for use in (verify_archive, lambda path: extract_package(path, tmp_path / "out")):
        with pytest.raises(
            ArchiveError, match=r"sample-1\.pkg\.tar\..*(damaged|cut short|no such data|ends in the middle)"
        ):
            use(archive)
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give an archive of two blocks."""
    folder = tmp_path_factory.mktemp("blocks")
    return pack(tree(folder / "tree", {"a": MEBIBYTE * 10}), folder / "sample-1.pkg.tar.xz").path.read_bytes()


@pytest.mark.parametrize("place", ["first block", "second block", "index"])
def test_a_byte_flipped_in_one_of_many_blocks_is_found(tmp_path: Path, blocks: bytes, place: str) -> None:
    archive = tmp_path / "sample-1.pkg.tar.xz"
    data = bytearray(blocks)
    at = {"first block": 200, "second block": len(data) * 3 // 4, "index": len(data) - 20}[place]
    data[at] ^= 0x10
    archive.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged"):
        verify_archive(archive)


def test_extraction_gives_the_tree_that_was_packed(tmp_path: Path) -> None:
    archive = sample(tmp_path)
    manifest = extract_package(archive, tmp_path / "out")
    found = scan(tmp_path / "out")
    assert tuple(entry for entry in found if entry.path != b".GuildPkg") == manifest.files == scan(tmp_path / "tree")
    assert (tmp_path / "out/bin/run").stat().st_mtime == manifest.build.epoch
