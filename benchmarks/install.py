"""What installing 20,000 files (200 MB) costs beside ``bsdtar -x`` of the same archive, and what a second version adds.

Ours hashes every file, compares it with the manifest, and is on the disk when it ends. bsdtar is measured without and
with a sync of the file system at its end; on a RAM disk as well, where no device is waited for and both do all that
they have to do. The second version shares 95 % of its files with the first. Nothing is
deleted before the end: ext4 passes over the inodes of files that were deleted in the last minute, one by one, and
whoever makes files then would pay for the deletions of the one before.

    python -m benchmarks.install [--files N] [--rounds N] [--archives FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from guildpkg.archive import compress
from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import sha256
from guildpkg.system.disk import remove, scan

FILES = 20_000
SIZE = 10_000
CHANGED = 0.05
"""Part of the files that differ in the second version."""

ROUNDS = 3
PRESET = 1
"""Of xz: packs several times faster than the 6 of real packages, and what comes out is decoded as fast."""

MEMORY = Path("/dev/shm")
"""A RAM disk, on Linux."""

ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class Measured:
    """What a command took, once per round.

    Attributes:
        wall: Seconds.
        cpu: Seconds of all its threads and children, in user and system mode.
        files: How many files it laid.
    """

    files: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, argv: list[str], *, then_sync: Path | None = None) -> None:
        """Run a command, and sync a file system behind it."""
        os.sync()  # what others wrote goes to the disk first, so that it is not measured
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(argv, check=True, cwd=ROOT)
        if then_sync is not None:
            subprocess.run(["sync", "-f", str(then_sync)], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall.append(time.perf_counter() - begun)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def content(number: int, version: int) -> bytes:
    """Make a file that compresses to a seventh, as source code and tables do."""
    noise = hashlib.shake_256(f"{number} {version}".encode()).digest(SIZE // 8)
    return (noise.hex().encode() * 4)[:SIZE]


def make_archives(folder: Path, files: int, root: Path) -> tuple[Path, Path]:
    """Write the archives of two versions of one tree, which is made at *root*, unless they are there."""
    found = folder / f"bench-1-{files}" / "bench-1.pkg.tar.xz", folder / f"bench-2-{files}" / "bench-2.pkg.tar.xz"
    if all(archive.exists() for archive in found):
        return found
    for version, archive in enumerate(found, start=1):
        # of the second, only what changed is written again
        for number in range(files if version == 1 else int(files * CHANGED)):
            place = root / f"{number // 200:03}" / f"{number:05}.txt"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content(number, version))
        pack(root, archive, version)
    return found


def pack(root: Path, archive: Path, version: int) -> None:
    """Write the archive of a tree."""
    sections = (Kept("package", (), (("name", "bench"), ("version", str(version)))),)
    text = format_manifest(Manifest(sections, Build("0", 0, sha256(b""), sha256(b""), "xz"), files=scan(root)))
    archive.parent.mkdir(parents=True, exist_ok=True)
    with mock.patch.object(compress, "PRESET", PRESET):
        write_archive(root, text, archive, workers=os.cpu_count() or 1)


def used(folder: Path) -> int:
    """Give the bytes that a folder takes on the disk, what has several names counted once."""
    seen: set[int] = set()
    total = 0
    for place, _, names in os.walk(folder):
        for name in (".", *names):
            about = os.lstat(os.path.join(place, name))  # noqa: PTH118 - thousands of them
            total += 0 if about.st_ino in seen else about.st_blocks * 512
            seen.add(about.st_ino)
    return total


def install(home: Path, archive: Path) -> list[str]:
    """The command that installs an archive."""
    return [sys.executable, "-m", "guildpkg", "-H", str(home), "install", "-q", str(archive)]


def extract(target: Path, archive: Path) -> list[str]:
    """The peer's command."""
    return ["bsdtar", "-x", "-f", str(archive), "-C", str(target)]


@contextlib.contextmanager
def scratch_folder(where: Path | None = None) -> Iterator[Path]:
    """Give a folder, and remove it at the end with all that is read-only in it."""
    folder = Path(tempfile.mkdtemp(dir=where))
    try:
        yield folder
    finally:
        remove(folder)


def fresh(scratch: Path) -> Path:
    """Make a new folder."""
    return Path(tempfile.mkdtemp(dir=scratch))


def compare(
    scratch: Path, archives: tuple[Path, Path], files: int, rounds: int
) -> tuple[dict[str, Measured], int, int]:
    """Measure all, taking turns; give what each took, and the disk that one and both versions take."""
    first, second = archives
    names = ("bsdtar -x", "bsdtar -x, then sync", "guild install, synced", "guild install of the second version")
    found = {name: Measured(files) for name in names}
    plain, synced, ours, again = found.values()
    one = both = 0
    for _ in range(rounds):
        plain.run(extract(fresh(scratch), first))
        target, home = fresh(scratch), fresh(scratch)
        synced.run(extract(target, first), then_sync=target)
        ours.run(install(home, first))
        one = used(home)
        again.run(install(home, second))
        both = used(home)
    return found, one, both


def compare_in_memory(archive: Path, files: int, rounds: int) -> dict[str, Measured]:
    """Measure both on a RAM disk, taking turns."""
    found = {name: Measured(files) for name in ("bsdtar -x", "guild install")}
    for _ in range(rounds):
        with scratch_folder(MEMORY) as scratch:
            found["bsdtar -x"].run(extract(fresh(scratch), archive))
            found["guild install"].run(install(fresh(scratch), archive))
    return found


def has_room(folder: Path, files: int) -> bool:
    """Tell whether a folder is there and holds two extracted packages and more."""
    return folder.is_dir() and shutil.disk_usage(folder).free > 4 * files * SIZE


def calls(argv: list[str], scratch: Path) -> int:
    """Count the system calls of a command and its threads."""
    log = scratch / "calls"
    subprocess.run(["strace", "-f", "-c", "-U", "calls", "-o", str(log), *argv], check=True, cwd=ROOT)
    return sum(int(line) for line in log.read_text().split() if line.isdigit())


def print_calls(scratch: Path, archive: Path, files: int) -> None:
    """Print how many system calls each file takes."""
    if shutil.which("strace") is None:
        return
    theirs = calls(extract(fresh(scratch), archive), scratch)
    ours = calls(install(fresh(scratch), archive), scratch)
    print(f"  system calls for each file: bsdtar {theirs / files:.1f}, guild {ours / files:.1f}")


def print_table(found: dict[str, Measured], base: str) -> None:
    """Print what each took, beside one of them."""
    wall, cpu = min(found[base].wall), min(found[base].cpu)
    for what, took in found.items():
        print(f"  {what:36} {min(took.wall):6.2f} s  {min(took.wall) / wall:5.2f} x", end="")
        print(f"   CPU {min(took.cpu):6.2f} s  {min(took.cpu) / cpu:5.2f} x")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--archives", type=Path, help="keep the archives here, and use those that are here")
    asked = parser.parse_args(arguments)
    if shutil.which("bsdtar") is None:
        print("installing: bsdtar is not installed (libarchive-tools), so there is nothing to compare with")
        return
    size = asked.files * SIZE / 1e6
    print(f"installing {asked.files:,} files, {size:.0f} MB: the least of {asked.rounds} runs")
    with scratch_folder() as scratch:
        archives = make_archives(asked.archives or scratch, asked.files, scratch / "tree")
        found, one, both = compare(scratch, archives, asked.files, asked.rounds)
        print_table(found, "bsdtar -x, then sync")
        more = (both - one) / one
        print(f"  disk: the first version {one / 1e6:.1f} MB, the second {(both - one) / 1e6:.1f} MB more", end="")
        print(f" ({more:.1%}), with {CHANGED:.0%} of its files changed")
        print_calls(scratch, archives[0], asked.files)
        if has_room(MEMORY, asked.files):
            print("  on a RAM disk:")
            print_table(compare_in_memory(archives[0], asked.files, asked.rounds), "bsdtar -x")
        else:
            print(f"  no RAM disk at {MEMORY} with room enough")


if __name__ == "__main__":
    main(sys.argv[1:])
