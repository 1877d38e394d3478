"""What packing costs beside ``xz -6 -T0``: seconds, size, and peak memory, on about 100 MB of real files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import sha256
from guildpkg.system.disk import scan

SIZE = 100_000_000
ROUNDS = 3
TIME_BOUND = 1.1
MEMORY_BOUND = 300_000_000
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: wall seconds, processor seconds, peak memory of the process in bytes, bytes written."""

    seconds: float
    cpu: float
    memory: int
    size: int


def real_files() -> Iterator[Path]:
    """Yield files of the environment and of Python itself, in an order that does not change."""
    for key in ("purelib", "stdlib"):
        place = Path(sysconfig.get_path(key))
        for path in sorted(place.rglob("*")):
            if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
                yield path


def make_tree(root: Path) -> int:
    """Copy real files until there are 100 MB; give how many bytes there are."""
    total = 0
    for number, path in enumerate(real_files()):
        place = root / f"{number // 200:03}" / f"{number}-{path.name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        total += path.stat().st_size
        if total >= SIZE:
            break
    return total


def measure(argv: list[str], out: Path) -> Cost:
    """Run a command that writes *out*, or writes to its standard output, in a process of its own."""
    out.unlink(missing_ok=True)
    begun = time.perf_counter()
    with out.with_name("stdout").open("wb") as stdout, subprocess.Popen(argv, stdout=stdout, cwd=ROOT) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if child.returncode:
        raise SystemExit(f"{argv[0]} failed with {child.returncode}")
    written = out if out.exists() else out.with_name("stdout")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, written.stat().st_size)


def pack(root: Path, out: Path, workers: int, compression: str) -> None:
    """Do what a build does at its end: list the tree with its hashes, then write the archive."""
    sections = (Kept("package", (), (("name", "bench"), ("version", "1"))),)
    build = Build("0", 0, sha256(b""), sha256(b""), compression)
    write_archive(root, format_manifest(Manifest(sections, build, files=scan(root))), out, workers=workers)


def compare(rounds: int = ROUNDS) -> dict[str, Cost]:
    """Measure all, taking turns so that a busy machine is busy for each; the fastest round counts."""
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_tree(folder / "tree")
        plain, out = folder / "plain.tar", folder / "out"
        subprocess.run(["tar", "-C", str(folder / "tree"), "-cf", str(plain), "."], check=True)
        ours = [sys.executable, "-m", "benchmarks.packing", "--pack", str(folder / "tree"), str(out)]
        commands = {
            "xz -6 -T0, of a tar that is there": ["xz", "-6", "-T0", "-c", str(plain)],
            f"guild, xz, {workers} workers": [*ours, str(workers), "xz"],
            f"guild, zst, {workers} workers": [*ours, str(workers), "zst"],
        }
        found: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, argv in commands.items():
                found[name].append(measure(argv, out))
    return {name: min(costs, key=lambda cost: cost.seconds) for name, costs in found.items()}


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--pack"]:
        root, out, workers, compression = sys.argv[2:]
        pack(Path(root), Path(out), int(workers), compression)
        return
    print(f"packing {SIZE // 1_000_000} MB of real files, the fastest of {ROUNDS} runs")
    costs = compare()
    base = next(iter(costs.values()))
    for name, cost in costs.items():
        print(
            f"  {name:34} {cost.seconds:6.2f} s  {cost.seconds / base.seconds:5.2f} x  cpu {cost.cpu:6.2f} s"
            f"  {cost.size / 1e6:6.2f} MB"
            f"  peak {cost.memory / 1e6:4.0f} MB"
        )
    ours = list(costs.values())[1]
    for what, value, bound in (
        ("time beside xz", ours.seconds / base.seconds, TIME_BOUND),
        ("peak memory in MB", ours.memory / 1e6, MEMORY_BOUND / 1e6),
    ):
        print(f"  {what}: {value:.2f}, {'within' if value <= bound else 'ABOVE'} the bound of {bound:g}")


if __name__ == "__main__":
    main()
