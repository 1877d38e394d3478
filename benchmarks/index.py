"""What an index of 1,000 and of 100,000 packages costs its users and its publisher, beside pacman's repositories.

Bytes are those on the wire of a web server on loopback, the heads of the answers included. pacman's database of the
same packages is made directly; its own tools then add one package to it and search in it.
"""

from __future__ import annotations

import hashlib
import io
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from guildpkg.archive.bundle import canonical_tar
from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import silent
from guildpkg.core.packages.catalog import File, Release
from guildpkg.index import publishing, trust, writing
from guildpkg.index.folder import FolderStore
from guildpkg.index.keys import no_passphrase
from guildpkg.pipeline.index import admin as index_admin
from guildpkg.pipeline.index.publish import publish
from guildpkg.pipeline.index.trusted import Indexes
from guildpkg.pipeline.setting import Setting
from guildpkg.system.disk import scan

SIZES = (1_000, 100_000)
LONGEST = 60
"""Seconds that a peer gets."""
ROUNDS = 5
COLD, WARM, SEARCH = 100_000, 2_000, 0.3
WORDS = [
    *("softmax", "convolutional", "recurrent", "images", "digits", "flowers", "text"),
    *("speech", "labels", "small", "large", "trained", "tutorial"),
]


READ = "00-src.json"
"""End of the shards that are really written; the others are signed all the same."""


class Bulk(FolderStore):
    """Makes a large index fast: without waiting for the disk, and without the shards that nobody will read."""

    def create(self, path: str, data: bytes) -> bool:
        if path.startswith("targets/shards/") and not path.endswith(READ):
            return True
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return True


@dataclass
class Wire:
    """A folder on a web server, and what went over the wire."""

    root: Path
    url: str = ""
    requests: int = 0
    size: int = 0
    bodies: list[int] = field(default_factory=list)


@contextmanager
def served(root: Path) -> Iterator[Wire]:
    """Serve a folder, with ETags."""
    wire = Wire(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            place = root / unquote(self.path).lstrip("/")
            body = place.read_bytes() if place.is_file() else b""
            etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
            status = 404 if not place.is_file() else 304 if self.headers["If-None-Match"] == etag else 200
            body = body if status == 200 else b""
            head = f"HTTP/1.1 {status} x\r\nETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            self.wfile.write(head + body)
            wire.requests, wire.size = wire.requests + 1, wire.size + len(head) + len(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        wire.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield wire
        server.shutdown()


def names(size: int) -> list[tuple[str, str]]:
    """Make up names and descriptions, the same each time."""
    chance = random.Random(size)
    return [(f"{chance.choice(WORDS)}-{n:06}-src", " ".join(chance.choices(WORDS, k=8))) for n in range(size)]


def fill(setting: Setting, size: int) -> None:
    """Put made-up releases onto the embedded index, all in one state."""
    known = index_admin.init(setting.home / "index", "local", setting)
    store = Bulk(Path(known.store))
    change = writing.Change(index_admin.load(known, store), index_admin.ring_of(setting), time.time())
    digest = Sha256(hashlib.sha256(b"x").hexdigest())
    publishing.put(
        change,
        store,
        [
            Release(
                name=name,
                version="1",
                archive=File(f"{name}-1.pkg.tar.xz", 1_000_000, digest),
                manifest=File(f"{name}-1.GuildPkg", 5_000, digest),
                statement=File(f"{name}-1.build.json", 3_000, digest),
                description=about,
                license="Apache-2.0",
                uploaded=1,
            )
            for name, about in names(size)
        ],
    )
    writing.publish(change, store)


def archive(folder: Path) -> Path:
    """Make a small archive to publish."""
    root = folder / "tree"
    root.mkdir()
    (root / "data.txt").write_text("hi\n")
    kept = (Kept("package", (), (("name", "benchmark-src"), ("version", "1"))),)
    recipe = b"[package]\n"
    build = Build("0", 0, sha256(recipe), sha256(b""), "xz")
    text = format_manifest(Manifest(kept, build, (), scan(root), canonical_tar({b"GuildPkg": (0o644, recipe)})))
    return write_archive(root, text, folder / "benchmark-src-1.pkg.tar.xz").path


def timed(argv: list[str], rounds: int = ROUNDS) -> tuple[float, float]:
    """Run a command several times and give the median of wall seconds and the least seconds of the processor."""
    times, used = [], []
    for _ in range(rounds):
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(time.perf_counter() - begun)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times), min(used)


def ours(folder: Path, size: int) -> None:
    """Measure an index."""
    owner = Setting(folder / "owner", {}, silent, time.time)
    fill(owner, size)
    root, wanted = owner.home / "index", names(size)[size // 2][0]
    user = Setting(folder / "user", {}, silent, time.time)
    with served(root) as wire:
        pinned = (root / "metadata/1.root.json").read_bytes()
        trust.add(user.home, "bench", wire.url, pinned, store="", now=0)
        begun = time.perf_counter()
        with Indexes(user) as indexes:
            assert indexes.releases(wanted)
        print(
            f"  first look at one package {time.perf_counter() - begun:18.2f} s   {within(wire.size, COLD, 'bytes')}",
            end="",
        )
        print(f", {wire.requests} requests")
        wire.requests = wire.size = 0
        with Indexes(user) as indexes:
            indexes.client(indexes.known()[0]).refresh()
        print(f"  refresh when nothing changed {'':17}   {within(wire.size, WARM, 'bytes')}, {wire.requests} requests")
        guild = [str(Path(sys.executable).with_name("guild")), "-H", str(user.home), "search", wanted]
        wall, cpu = timed(guild, rounds=1)
        print(f"  guild search, the first time {wall:15.2f} s   CPU {cpu:.2f} s")
        wall, cpu = timed(guild)
        print(f"  guild search, warm {wall:25.2f} s   CPU {cpu:.2f} s; {within(wall, SEARCH, 's')}")
    before = {path for path in root.rglob("*") if path.is_file()}
    package = archive(folder)
    begun = time.perf_counter()
    publish([(package, package.name)], "", owner, no_passphrase)
    seconds = time.perf_counter() - begun
    new = [path for path in root.rglob("*") if path.is_file() and path not in before]
    written = sum(path.stat().st_size for path in new)
    print(f"  publish one more {seconds:27.2f} s   {len(new)} files written and 1 replaced, {written:,} bytes")


def within(value: float, bound: float, unit: str) -> str:
    """Say whether a value keeps its bound."""
    return f"{value:,.{0 if unit == 'bytes' else 2}f} {unit}, {'within' if value <= bound else 'ABOVE'} {bound:g}"


def pacman(folder: Path, size: int) -> None:
    """Measure pacman's repository of the same packages."""
    if not (shutil.which("repo-add") and shutil.which("pacman")):
        print("  pacman and repo-add are not installed: nothing to compare with")
        return
    sync = folder / "pacman/sync"
    sync.mkdir(parents=True)
    (folder / "pacman/local").mkdir()
    database = sync / "bench.db.tar.gz"
    with tarfile.open(database, "w:gz", compresslevel=6) as tar:
        for name, about in names(size):
            fields = {"FILENAME": f"{name}-1-1-any.pkg.tar.zst", "NAME": name, "VERSION": "1-1", "DESC": about}
            fields |= {"CSIZE": "1000000", "ISIZE": "1000000", "SHA256SUM": "0" * 64, "ARCH": "any"}
            data = "".join(f"%{key}%\n{value}\n\n" for key, value in fields.items()).encode()
            member = tarfile.TarInfo(f"{name}-1-1/desc")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    (sync / "bench.db").symlink_to(database.name)
    config = folder / "pacman.conf"
    config.write_text("[options]\nArchitecture = any\nSigLevel = Never\n[bench]\nServer = file:///nowhere\n")
    search = ["pacman", "--config", str(config), "--dbpath", str(folder / "pacman"), "-Ss", names(size)[size // 2][0]]
    wall, cpu = timed(search)
    print(f"  pacman -Ss {wall:33.2f} s   CPU {cpu:.2f} s; its database has {database.stat().st_size:,} bytes")
    info = folder / ".PKGINFO"
    info.write_text("pkgname = benchmark\npkgver = 1-1\npkgdesc = x\narch = any\nsize = 1\nbuilddate = 1\n")
    package = folder / "benchmark-1-1-any.pkg.tar.xz"
    with tarfile.open(package, "w:xz") as tar:
        tar.add(info, ".PKGINFO")
    begun = time.perf_counter()
    try:
        argv = ["repo-add", "-q", str(database), str(package)]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        print(f"  repo-add of one more: not done after {LONGEST} s, which is all the time that it gets here")
        return
    seconds, failed = time.perf_counter() - begun, done.returncode or "too long" in done.stderr
    said = f"it fails: {done.stderr.splitlines()[-1]}" if failed else "the whole database is written"
    print(f"  repo-add of one more {seconds:23.2f} s   {said}")


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print the tables."""
    for size in sizes:
        print(f"an index of {size:,} packages, searches: median of {ROUNDS}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            ours(Path(scratch), size)
            pacman(Path(scratch), size)


if __name__ == "__main__":
    main()
