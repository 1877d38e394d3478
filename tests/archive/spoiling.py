"""Packages in small blocks, made by chance, and everything that may be wrong with one."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock

from guildpkg.archive import compress
from guildpkg.core.digests import sha256
from guildpkg.system.unpack.decode import decoded
from guildpkg.system.unpack.package_stream import Known, open_package
from tests.archive.making import member, pack, tree

BLOCK: Final = 4096
MANIFEST: Final = "manifest"
SOUND: Final = ("one block", "two streams")
"""What is `spoiled` for several processes only."""

_SIZES: Final = (0, 0, 1, 100, 511, 512, 513, 1024, 3000, 9000)


def generated(folder: Path, seed: int) -> Path:
    """Make a package of files that come twice, executables, links, long names, empty folders and empty files."""
    choice = random.Random(seed)
    files: dict[str, bytes | str] = {"empty/": b"", "a/none/": b"", "link": "->a", "a/far": "->../link/none"}
    for number in range(choice.randrange(30, 80)):
        above = "".join(f"{choice.choice(('a', 'b', 'ü', 'long-' * 20))}/" for _ in range(choice.randrange(4)))
        data = choice.randbytes(choice.choice(_SIZES)) if number % 4 else b"the same" * (number % 3 + 1)
        files[f"{above}{number:03}"] = data
    root = tree(folder / "tree", files)
    for place in root.rglob("*[05]"):
        if place.is_file():
            place.chmod(0o755)
    with in_blocks(choice.choice((1536, BLOCK, 10_000, 20_000))):
        return pack(root, folder / "sample-1.pkg.tar.xz").path


@contextlib.contextmanager
def in_blocks(size: int) -> Iterator[None]:
    """Compress into small blocks, fast."""
    with mock.patch.object(compress, "BLOCK", size), mock.patch.object(compress, "PRESET", 0):
        yield


def known_of(archive: Path) -> Known:
    """Read the manifest."""
    with open_package(archive, workers=1) as package:
        return Known(package.manifest, len(package.text), sha256(package.text))


def base(folder: Path) -> tuple[Path, Known, bytes]:
    """Make a package, and give the tar inside."""
    files: dict[str, bytes | str] = {
        f"{number % 5}/{number:02}": random.Random(number).randbytes(700) for number in range(40)
    }
    with in_blocks(BLOCK):
        archive = pack(tree(folder / "tree", files), folder / "sample-1.pkg.tar.xz").path
    with archive.open("rb") as file:
        inside = b"".join(decoded(file.fileno(), "xz"))
    return archive, known_of(archive), inside


def packed(inside: bytes) -> bytes:
    """Compress a tar into blocks."""
    with in_blocks(BLOCK):
        return b"".join(compress.compressed([inside], "xz", 1))


def spoiled(archive: bytes, inside: bytes) -> Iterator[tuple[str, bytes]]:
    """Give what may be wrong with an archive: a bit anywhere, too much, too little, another order."""
    files = inside.index(b"./0/\0")
    for at in range(40, len(inside), 1999):
        changed = bytes([inside[at] ^ 1])
        # one in the manifest may make another manifest, as sound as the one that is known
        yield (
            f"bit at {at} of the {'files' if at > files else MANIFEST}",
            packed(inside[:at] + changed + inside[at + 1 :]),
        )
    for at in [*range(3, len(archive), 2999), *range(len(archive) - 150, len(archive), 9)]:
        changed = bytes([archive[at] ^ 1])
        yield f"bit at {at} of the archive", archive[:at] + changed + archive[at + 1 :]
    first, second = inside.index(b"./0/00\0"), inside.index(b"./0/05\0")
    one, other = inside[first:second], inside[second : second + len(inside[first:second])]
    before, behind = inside[:first], inside[second + len(other) :]
    rest = inside.rstrip(b"\0")
    rest += bytes(-len(rest) % 512)
    yield "members in another order", packed(before + other + one + behind)
    yield "a member is missing", packed(before + other + behind)
    yield "a member is missing, and its room is filled up", packed(before + other + behind + bytes(len(one)))
    yield "a member too many", packed(rest + member(b"./zzz", b"x") + bytes(10240))
    yield (
        "a member too many, of the same length in all",
        packed((rest + member(b"./zz", b"x")).ljust(len(inside), b"\0")),
    )
    yield "a member twice", packed(before + one + one + other + behind)
    yield "no end", packed(rest)
    yield "something in the end", packed(inside[:-1] + b"x")
    yield "more zeros at the end", packed(inside + bytes(10240))
    yield "cut between blocks", packed(inside[: 5 * BLOCK])
    yield "cut", archive[: len(archive) // 2]
    yield "something behind", archive + b"behind"
    yield "two streams", archive + packed(b"")
    yield "one block", b"".join(compress.compressed([inside], "xz", 1))
