"""Trees and packages for tests, and a tar writer of the tests' own that writes what ours would refuse to."""

from __future__ import annotations

import hashlib
import lzma
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from guildpkg.archive.bundle import canonical_tar
from guildpkg.archive.write import WrittenArchive, write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import Entry, Sha256, sha256
from guildpkg.core.sources import Pin
from guildpkg.system.disk import scan

EPOCH = 1_509_494_400
MEBIBYTE = hashlib.shake_256(b"filler").digest(1 << 13) * 128
"""Compresses fast and well, but not so well that it looks like a bomb."""
RECIPE = b"[package]\n  name = sample\n  version = 1\n"


def tree(root: Path, files: Mapping[str, bytes | str]) -> Path:
    """Make files (bytes), links (text beginning with ``->``) and empty folders (names ending in ``/``)."""
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            place.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            place.write_bytes(content)
        else:
            place.symlink_to(content.removeprefix("->"))
    return root


def manifest_of(files: Iterable[Entry], *, compression: str = "xz", name: str = "sample") -> Manifest:
    sections = (Kept("package", (), (("name", name), ("version", "1"))),)
    build = Build("0.1.0", EPOCH, sha256(RECIPE), sha256(b""), compression)
    pin = Pin("data", "https://example.org/data.csv", "http", file="data.csv", sha256=sha256(b"1,2\n"), time=EPOCH)
    return Manifest(sections, build, (pin,), tuple(files), canonical_tar({b"GuildPkg": (0o644, RECIPE)}))


def pack(root: Path, target: Path, *, compression: str = "xz", workers: int = 2) -> WrittenArchive:
    """Pack a tree as the package ``sample`` 1."""
    text = format_manifest(manifest_of(scan(root), compression=compression))
    return write_archive(root, text, target, workers=workers)


def sample(folder: Path, *, compression: str = "xz") -> Path:
    """Make a small package with one of everything, and give the path of its archive."""
    root = tree(
        folder / "tree",
        {
            "README": b"read me\n",
            "bin/run": b"#!/bin/sh\n",
            "data/train/labels.csv": b"1,2\n" * 1000,
            "data/latest": "->train/labels.csv",
            "empty/": b"",
            "data/" + "long-" * 30 + "name": b"x",
        },
    )
    (root / "bin/run").chmod(0o755)
    return pack(root, folder / f"sample-1.pkg.tar.{compression}", compression=compression).path


def number(value: int, width: int) -> bytes:
    """Write a number of a tar header: octal, or binary where that has no room or sign."""
    if 0 <= value < 8 ** (width - 1):
        return f"{value:0{width - 1}o}".encode() + b"\0"
    return bytes([0xFF if value < 0 else 0x80]) + (value % (1 << 8 * (width - 1))).to_bytes(width - 1, "big")


def member(
    name: bytes,
    data: bytes = b"",
    *,
    kind: bytes = b"0",
    mode: int = 0o644,
    size: int | None = None,
    mtime: int = EPOCH,
    target: bytes = b"",
    uid: int = 0,
    uname: bytes = b"",
    fill: bytes = b"\0",
) -> bytes:
    """Write a member with its content, in whatever state."""
    fields = [
        name[:100].ljust(100, b"\0"),
        number(mode, 8),
        number(uid, 8),
        number(0, 8),
        number(len(data) if size is None else size, 12),
        number(mtime, 12),
        b" " * 8,
        kind,
        target[:100].ljust(100, b"\0"),
        b"ustar  \0",
        uname.ljust(32, b"\0"),
        b"\0" * 32,
    ]
    block = b"".join(fields).ljust(512, b"\0")
    block = block[:148] + f"{sum(block):06o}".encode() + b"\0 " + block[156:]
    return block + data + fill * (-len(data) % 512)


def long_name(name: bytes, kind: bytes = b"L") -> bytes:
    return member(b"././@LongLink", name + b"\0", kind=kind, mtime=0)


def pax(records: Mapping[bytes, bytes], kind: bytes = b"x") -> bytes:
    """Write a pax header."""
    lines = []
    for key, value in records.items():
        length = len(key) + len(value) + 3
        while len(str(length)) + len(key) + len(value) + 3 != length:
            length = len(str(length)) + len(key) + len(value) + 3
        lines.append(b"%d %s=%s\n" % (length, key, value))
    return member(b"pax", b"".join(lines), kind=kind)


def ended(parts: bytes) -> bytes:
    return parts + bytes(1024 + -(len(parts) + 1024) % 10240)


def hand_made_package(target: Path, lines: bytes, parts: bytes, *, end: bool = True) -> Path:
    """Write a package whose ``[files]`` and members are these, whatever they are."""
    text = format_manifest(manifest_of(())).replace(b"\n[files]\n", b"\n[files]\n" + lines)
    body = member(b"./", kind=b"5", mode=0o755) + member(b"./.GuildPkg", text) + parts
    target.write_bytes(lzma.compress(ended(body) if end else body))
    return target


def file_line(path: bytes, data: bytes, mode: bytes = b"0644") -> bytes:
    return b"./%s = %s %d %s\n" % (path, mode, len(data), Sha256(sha256(data)).encode())


def snapshot(folder: Path) -> list[tuple[str, int, int, bytes]]:
    """Take down every name below a folder with its mode, time and content."""
    found = []
    for place in sorted(folder.rglob("*")):
        about = place.lstat()
        content = (
            os.fsencode(place.readlink()) if place.is_symlink() else place.read_bytes() if place.is_file() else b""
        )
        found.append((str(place), about.st_mode, 0 if place.is_dir() else about.st_mtime_ns, content))
    return found
