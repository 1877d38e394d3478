"""One subtree of a repository with long history: what it costs us, makepkg and git, in bytes and seconds.

A repository of about 100 MB is made with ``git fast-import`` and served by ``git http-backend`` on loopback; every
byte of the connections counts, headers included, in both directions. Fresh means an empty cache, warm one that has
been filled by the row before. Each row is the best of several rounds, each a whole command.

Run as ``python -m benchmarks.fetching [--size MB] [--rounds N] [--keep DIR]``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b85encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.githttp import GitServer, serving
from tests.support.repos import Repo

SUBTREE = "research/m007/tutorial"
TAG = "v1.4.0"
COMMITS = 2400
FOLDERS = 200
FILES_EACH = 40
EDITS = 10
BYTES_BOUND, PROTOCOL = 1.25, 4096
FRESH_BOUND, WARM_BOUND = 10, 30

RECIPE = """
[package]
name = up
version = 1
source = {url}
"""
PKGBUILD = """
pkgname=up
pkgver=1
pkgrel=1
arch=(any)
source=("up::git+{url}/org/up.git#tag={tag}")
sha256sums=(SKIP)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: best of its rounds."""

    name: str
    down: int
    up: int
    requests: int
    seconds: float

    @property
    def traffic(self) -> int:
        return self.down + self.up


@dataclass(frozen=True)
class Bench:
    """What the rows share: a folder to work in, the server, how often."""

    folder: Path
    server: GitServer
    rounds: int
    objects: int

    def row(self, name: str, act: Callable[[], None], before: Callable[[], None]) -> Row:
        """Measure *act*, each time after *before*."""
        rows = []
        for _ in range(self.rounds):
            before()
            self.server.forget()
            began = time.perf_counter()
            act()
            seconds = time.perf_counter() - began
            rows.append(Row(name, self.server.sent, self.server.received, len(self.server.requests), seconds))
        best = min(rows, key=lambda row: row.seconds)
        print(f"  {name:34} {best.down:13,} {best.up:9,} {best.requests:5} {best.seconds:9.3f} s", flush=True)
        return best


def history(size: int) -> Iterator[bytes]:
    """Write the fast-import stream of a repository of about *size* bytes, packed; always the same one."""
    chance = random.Random(size)
    names = [
        f"research/m{folder:03}/tutorial/{'sub/' if file % 4 == 0 else ''}file{file:02}.py"
        for folder in range(FOLDERS)
        for file in range(FILES_EACH)
    ]
    length = max(64, size // (len(names) // 2 + COMMITS * EDITS))
    for number in range(COMMITS):
        yield b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 2\nx\n\n" % (
            1_400_000_000 + number * 600
        )
        for name in names if number == 0 else chance.sample(names, EDITS):
            data = b85encode(chance.randbytes(length // 2 if number == 0 else length))
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data)
    yield b"reset refs/tags/%s\nfrom refs/heads/main\n\n" % TAG.encode()


def build(path: Path, size: int) -> Repo:
    """Make the repository, packed and with the indexes that hosts have."""
    repo = Repo(path)
    importing = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=path, stdin=subprocess.PIPE)
    assert importing.stdin
    with importing.stdin as stream:
        for piece in history(size):
            stream.write(piece)
    assert importing.wait() == 0
    repo.git("repack", "-adq", "--write-bitmap-index")
    return repo


def on_the_path(repo: Repo) -> int:
    """Give the packed size of exactly the objects that the subtree needs."""
    parts = SUBTREE.split("/")
    path = [repo.id(TAG), *(repo.id(f"{TAG}:{'/'.join(parts[:depth])}") for depth in range(len(parts) + 1))]
    below = [line.split()[2] for line in repo.git("ls-tree", "-r", "-t", f"{TAG}:{SUBTREE}").splitlines()]
    return repo.packed(*path, *below)


def quiet(argv: Sequence[str | Path], cwd: Path, **env: str) -> None:
    """Run a command to its end, without a word unless it fails."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", **env}
    done = subprocess.run(list(map(str, argv)), cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed: {done.stderr[-2000:]}")


def ours(bench: Bench, files: int) -> list[Row]:
    """Measure ``guild package -o``, which does what ``makepkg --nobuild`` does: fetch, check and lay the sources."""
    home, recipe = bench.folder / "home", bench.folder / "recipe"
    url = f"{bench.server.url}/org/up/tree/{TAG}/{SUBTREE}"
    guild = [Path(sys.executable).with_name("guild"), "-H", home, "-C", recipe, "package", "-q", "-o"]
    root = str(Path(__file__).parents[1])

    def act() -> None:
        quiet(guild, bench.folder, PYTHONPATH=root)
        assert sum(path.is_file() for path in (recipe / "src").rglob("*")) == files

    def clear(*paths: Path) -> None:
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)
        recipe.mkdir(exist_ok=True)
        (recipe / "GuildPkg").write_text(RECIPE.format(url=url))

    return [
        bench.row("guild package -o, fresh", act, lambda: clear(home, recipe)),
        bench.row("guild package -o, fresh, locked", act, lambda: clear(home, recipe / "src", recipe / "logs")),
        bench.row("guild package -o, warm", act, lambda: clear(recipe / "src", recipe / "logs")),
    ]


def makepkg(bench: Bench) -> list[Row]:
    """Measure ``makepkg --nobuild``: it mirrors the repository and checks out a copy. It refuses to run as root."""
    if shutil.which("makepkg") is None:
        print("  makepkg: not installed (Debian: apt-get install makepkg), left out")
        return []
    folder = bench.folder / "makepkg"
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []

    def clear() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "PKGBUILD").write_text(PKGBUILD.format(url=bench.server.url, tag=TAG))
        if drop:
            shutil.chown(folder, 65534)

    def act() -> None:
        # Debian's makepkg comes without pacman, which it only asks about dependencies: none are declared
        quiet([*drop, "makepkg", "--nobuild", "--nodeps", "--skipinteg"], folder, PACMAN="true")

    return [
        bench.row("makepkg --nobuild, fresh", act, clear),
        bench.row("makepkg --nobuild, warm", act, lambda: shutil.rmtree(folder / "src")),
    ]


def plain_git(bench: Bench) -> None:
    """Measure what one would type by hand."""
    url, copy = f"{bench.server.url}/org/up.git", bench.folder / "copy"

    def clear() -> None:
        shutil.rmtree(copy, ignore_errors=True)

    def sparse() -> None:
        options = ["--quiet", "--depth=1", "--filter=blob:none", "--sparse", "--branch", TAG]
        quiet(["git", "clone", *options, url, copy], bench.folder)
        quiet(["git", "-C", copy, "sparse-checkout", "set", SUBTREE], bench.folder)

    def clone(*options: str) -> Callable[[], None]:
        return lambda: quiet(["git", "clone", "--quiet", *options, url, copy], bench.folder)

    bench.row("git clone --mirror", clone("--mirror"), clear)
    bench.row("git clone --depth 1", clone("--depth=1", "--branch", TAG), clear)
    bench.row("git, depth 1, blob-less, sparse", sparse, clear)


def verdict(what: str, value: float, bound: float, *, most: bool) -> None:
    """Print one bound and whether it holds."""
    holds = value <= bound if most else value >= bound
    sign = "at most" if most else "at least"
    print(f"  {what:44} {value:8.2f}  {sign} {bound:g}: {'holds' if holds else 'DOES NOT HOLD'}")


def measure(folder: Path, repo: Repo, rounds: int) -> None:
    """Print the table and the bounds."""
    objects = on_the_path(repo)
    files = len(repo.git("ls-tree", "-r", f"{TAG}:{SUBTREE}").splitlines())
    commits, packed = (
        repo.git("rev-list", "--count", TAG),
        sum(pack.stat().st_size for pack in repo.path.rglob("*.pack")),
    )
    print(f"fetching {SUBTREE} ({files} files, {objects:,} bytes packed with the path) of a repository of")
    print(f"{packed:,} bytes and {commits} commits; best of {rounds}")
    print(f"  {'':34} {'bytes down':>13} {'up':>9} {'requ.':>5} {'wall':>11}")
    with serving(folder / "root") as server:
        bench = Bench(folder, server, rounds, objects)
        fresh, locked, warm = ours(bench, files)
        theirs = makepkg(bench)
        plain_git(bench)
    allowed = objects + PROTOCOL
    verdict("bytes, fresh / (packed objects + 4 kB)", fresh.traffic / allowed, BYTES_BOUND, most=True)
    verdict("bytes, locked / (packed objects + 4 kB)", locked.traffic / allowed, BYTES_BOUND, most=True)
    if theirs:
        verdict("time, makepkg / ours, fresh", theirs[0].seconds / fresh.seconds, FRESH_BOUND, most=False)
        verdict("time, makepkg / ours, fresh, locked", theirs[0].seconds / locked.seconds, FRESH_BOUND, most=False)
        verdict("time, makepkg / ours, warm", theirs[1].seconds / warm.seconds, WARM_BOUND, most=False)


def main(argv: Sequence[str] = ()) -> None:
    """Make the repository and measure."""
    parser = argparse.ArgumentParser(prog="benchmarks.fetching", description=__doc__)
    parser.add_argument("--size", type=int, default=100, metavar="MB", help="size of the repository, packed")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds per row")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the repository there, or find it there")
    options = parser.parse_args(list(argv))
    made = contextlib.nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory(prefix="guild-bench-")
    with made as place:
        folder = Path(place).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # makepkg runs as somebody else
        path = folder / "root" / "org" / "up.git"
        repo = Repo(path) if path.is_dir() else build(path, options.size * 1_000_000)
        measure(folder, repo, options.rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
