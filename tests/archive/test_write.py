"""Packing: one form, whatever the machine; nothing under the name before it is complete."""

from __future__ import annotations

import hashlib
import lzma
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from guildpkg.archive.compress import compressed, compressor
from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import format_manifest
from guildpkg.core.events import Event, Progress
from guildpkg.errors import ArchiveError, DiskFull, IntegrityError
from guildpkg.system.disk import scan
from tests.archive.making import EPOCH, MEBIBYTE, manifest_of, pack, sample, tree

NOISE = hashlib.shake_256(b"noise").digest(3 << 20)
BOTH = pytest.mark.parametrize("compression", ["xz", "zst"])


def test_an_empty_tree_gives_an_archive_of_two_members(tmp_path: Path) -> None:
    written = pack(tree(tmp_path / "tree", {"x/": b""}) / "x", tmp_path / "sample-1.pkg.tar.xz")
    with tarfile.open(written.path) as tar:
        assert tar.getnames() == [".", "./.GuildPkg"]


@BOTH
def test_members_have_no_owner_and_one_time(tmp_path: Path, compression: str) -> None:
    data = sample(tmp_path, compression=compression).read_bytes()
    plain = (
        lzma.decompress(data) if compression == "xz" else zstandard.ZstdDecompressor().decompressobj().decompress(data)
    )
    (tmp_path / "plain.tar").write_bytes(plain)
    with tarfile.open(tmp_path / "plain.tar") as tar:
        facts = {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in tar}
        modes = {m.name: m.mode for m in tar}
    assert facts == {(0, 0, "", "", EPOCH)}
    assert (modes["./bin"], modes["./bin/run"], modes["./README"], modes["./data/latest"]) == (
        0o755,
        0o755,
        0o644,
        0o777,
    )


@BOTH
def test_bytes_do_not_depend_on_workers_order_or_umask(tmp_path: Path, compression: str) -> None:
    names = [f"{number:02}" for number in range(72 if compression == "zst" else 18)]  # several jobs, several blocks
    files = {name: MEBIBYTE + NOISE[8192 * place : 8192 * (place + 1)] for place, name in enumerate(names)}
    forth = tree(tmp_path / "forth", files)
    old = os.umask(0o077)
    try:
        back = tree(tmp_path / "back", dict(reversed(files.items())))
        os.utime(back / "05", (1, 1))
        one = pack(forth, tmp_path / "a", compression=compression, workers=1)
        many = pack(back, tmp_path / "b", compression=compression, workers=5)
    finally:
        os.umask(old)
    assert one.path.read_bytes() == many.path.read_bytes()
    assert (one.sha256, one.tar_sha256) == (many.sha256, many.tar_sha256)
    assert one.path.stat().st_mode & 0o777 == 0o644


def test_the_digests_are_those_of_the_file_and_of_the_tar_inside(tmp_path: Path) -> None:
    written = pack(tree(tmp_path / "tree", {"a": b"a"}), tmp_path / "x")
    data = written.path.read_bytes()
    inner = lzma.decompress(data)
    assert written.sha256 == hashlib.sha256(data).hexdigest()
    assert written.tar_sha256 == hashlib.sha256(inner).hexdigest()
    assert (written.size, written.tar_size, written.members) == (len(data), len(inner), 3)


def test_progress_is_told_in_bytes_and_ends(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {"a": NOISE, "b": b"b"})
    events: list[Event] = []
    text = format_manifest(manifest_of(scan(root)))
    write_archive(root, text, tmp_path / "x", report=events.append)
    steps = [event for event in events if isinstance(event, Progress)]
    total = len(NOISE) + 1
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1] == Progress("Creating x", total, total, finished=True)


@pytest.mark.parametrize("change", ["content", "longer", "shorter", "mode", "link", "gone", "new", "manifest"])
def test_a_tree_that_is_not_what_was_listed_is_not_packed(tmp_path: Path, change: str) -> None:
    root = tree(tmp_path / "tree", {"a": b"aaaa", "d/b": b"bbbb"})
    text = format_manifest(manifest_of(scan(root)))
    place = root / "d/b"
    match change:
        case "content":
            place.write_bytes(b"BBBB")
        case "longer":
            place.write_bytes(b"bbbbb")
        case "shorter":
            place.write_bytes(b"bbb")
        case "mode":
            place.chmod(0o755)
        case "link":
            place.unlink()
            place.symlink_to("../a")
        case "gone":
            place.unlink()
        case "new":
            (root / "d/c").write_bytes(b"")
        case _:
            (root / ".GuildPkg").write_bytes(b"")
            text = format_manifest(manifest_of(entry for entry in scan(root) if entry.path != b".GuildPkg"))
    with pytest.raises(IntegrityError, match=r"changed while|is not in the manifest|in the manifest and not there"):
        write_archive(root, text, tmp_path / "x.pkg.tar.xz")
    assert sorted(place.name for place in tmp_path.iterdir()) == ["tree"]


def test_a_file_that_changes_while_it_is_packed_is_an_error(tmp_path: Path) -> None:
    """The change comes after packing began: a later file is replaced when an earlier one has been read."""
    root = tree(tmp_path / "tree", {"a": NOISE, "b": b"before"})
    text = format_manifest(manifest_of(scan(root)))

    def change(_: Event) -> None:
        (root / "b").write_bytes(b"behind")

    with pytest.raises(IntegrityError, match="'b' changed while it was being packed"):
        write_archive(root, text, tmp_path / "x", report=change)
    assert not (tmp_path / "x").exists()


def test_a_file_that_vanishes_while_it_is_packed_is_an_error(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {"a": NOISE, "b": b"before"})
    text = format_manifest(manifest_of(scan(root)))
    with pytest.raises(IntegrityError, match="'b' changed while it was being packed"):
        write_archive(root, text, tmp_path / "x", report=lambda _: (root / "b").unlink(missing_ok=True))
    assert not (tmp_path / "x").exists()


def test_a_package_that_readers_would_take_for_a_bomb_is_not_written(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {"zeros": bytes(40 << 20)})
    with pytest.raises(ArchiveError, match="readers take that for a bomb"):
        pack(root, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_full_disk_leaves_nothing_of_the_name(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {"a": NOISE})
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "from tests.archive.making import pack\n"
        "pack(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    argv = [sys.executable, "-c", code, str(root), str(tmp_path / "x")]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert DiskFull.__name__ in done.stderr
    assert [place.name for place in tmp_path.iterdir()] == ["tree"]


def test_a_kill_leaves_nothing_of_the_name(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {f"{number}": NOISE for number in range(12)})
    code = "import sys; from pathlib import Path; from tests.archive.making import pack; pack(*map(Path, sys.argv[1:]))"
    argv = [sys.executable, "-c", code, str(root), str(tmp_path / "x")]
    with subprocess.Popen(argv, cwd=Path(__file__).parents[2]) as child:
        for _ in range(600):
            if list(tmp_path.glob(".x.*.tmp")) or child.poll() is not None:
                break
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "x").exists()


def test_stopping_early_does_not_wait_for_blocks_that_nobody_needs() -> None:
    """What is compressed when the consumer leaves ends within a piece, and no thread is left behind."""
    before = threading.active_count()
    stream = compressed((MEBIBYTE for _ in range(100)), "xz", 2)
    next(stream)
    next(stream)
    stream.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(("compression", "library"), [("xz", "liblzma "), ("zst", "libzstd ")])
def test_the_compressor_is_named_with_its_version(compression: str, library: str) -> None:
    assert compressor(compression).startswith(library)


def test_the_manifest_decides_the_compression(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", {"a": b"a"})
    manifest = manifest_of(scan(root))
    zst = replace(manifest, build=replace(manifest.build, compression="zst"))
    write_archive(root, format_manifest(zst), tmp_path / "x")
    assert (tmp_path / "x").read_bytes().startswith(b"\x28\xb5\x2f\xfd")
