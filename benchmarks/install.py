"""What installing 20,000 files (200 MB) costs beside ``bsdtar -x`` of the same archive, and what a second version adds.

Ours hashes every file, compares it with the manifest, and is on the disk when it ends. bsdtar is measured without and
with a sync of the file system at its end. The second version shares 95 % of its files with the first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import sha256
from guildpkg.system.disk import scan

FILES = 20_000
SIZE = 10_000
CHANGED = 1_000
ROUNDS = 3
ROOT = Path(__file__).parents[1]


def content(number: int, version: int) -> bytes:
    """Make a file that compresses to a quarter, as source code and tables do."""
    salt = version if number < CHANGED else 1
    noise = hashlib.shake_256(f"{number} {salt}".encode()).digest(SIZE // 8)
    return (noise.hex().encode() * 4)[:SIZE]


def make_archive(folder: Path, version: int, compression: str) -> Path:
    """Write the archive of one version."""
    root = folder / f"tree-{version}"
    for number in range(FILES):
        place = root / f"{number // 200:03}" / f"{number:05}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content(number, version))
    sections = (Kept("package", (), (("name", "bench"), ("version", str(version)))),)
    text = format_manifest(Manifest(sections, Build("0", 0, sha256(b""), sha256(b""), compression), files=scan(root)))
    archive = write_archive(
        root, text, folder / f"bench-{version}.pkg.tar.{compression}", workers=os.cpu_count() or 1
    ).path
    shutil.rmtree(root)
    return archive


def seconds(argv: list[str], *, then_sync: Path | None = None) -> float:
    """Run a command, and sync a file system behind it; give the wall seconds of both."""
    begun = time.perf_counter()
    subprocess.run(argv, check=True, cwd=ROOT)
    if then_sync is not None:
        subprocess.run(["sync", "-f", str(then_sync)], check=True)
    return time.perf_counter() - begun


def settle() -> None:
    """Let what others wrote go to the disk first, so that it is not measured."""
    os.sync()


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


def compare(folder: Path) -> tuple[dict[str, list[float]], int, int]:
    """Measure all, taking turns; give the seconds of each, and the disk that one and both versions take."""
    # of the second only the disk counts, and zst is packed sooner
    first, second = make_archive(folder, 1, "xz"), make_archive(folder, 2, "zst")
    found: dict[str, list[float]] = {"bsdtar -x": [], "bsdtar -x, then sync": [], "guild install, synced": []}
    found["guild install of the second version"] = []
    one = both = 0
    for _ in range(ROUNDS):
        for name, sync in (("bsdtar -x", False), ("bsdtar -x, then sync", True)):
            target = folder / "plain"
            target.mkdir()
            settle()
            argv = ["bsdtar", "-x", "-f", str(first), "-C", str(target)]
            found[name].append(seconds(argv, then_sync=target if sync else None))
            shutil.rmtree(target)
        home = folder / "home"
        settle()
        found["guild install, synced"].append(seconds(install(home, first)))
        one = used(home)
        settle()
        found["guild install of the second version"].append(seconds(install(home, second)))
        both = used(home)
        subprocess.run(["chmod", "-R", "u+w", str(home)], check=True)
        shutil.rmtree(home)
    return found, one, both


def main() -> None:
    """Print the table."""
    if shutil.which("bsdtar") is None:
        print("installing: bsdtar is not installed (libarchive-tools), so there is nothing to compare with")
        return
    print(f"installing {FILES:,} files, {FILES * SIZE // 1_000_000} MB: the fastest of {ROUNDS} runs")
    with tempfile.TemporaryDirectory() as scratch:
        found, one, both = compare(Path(scratch))
    base = min(found["bsdtar -x, then sync"])
    for name, times in found.items():
        print(f"  {name:38} {min(times):6.2f} s  {min(times) / base:5.2f} x")
    print(f"  disk: the first version {one / 1e6:.1f} MB, the second {(both - one) / 1e6:.1f} MB more", end="")
    print(f" ({100 * (both - one) / one:.1f} %), with 5 % of its files changed")


if __name__ == "__main__":
    main()
