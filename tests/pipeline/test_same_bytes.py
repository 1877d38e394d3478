"""One recipe, two worlds that differ in all that should not matter: the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pipeline.conftest import PATCH, World
from tests.support.archives import tar_of
from tests.support.builds import wait_for
from tests.support.guild import argv, make_recipe
from tests.support.httpserver import serving

RECIPE = """\
[package]
  name        = mixed
  version     = 1
  source      = https://example.org/org/thing/tree/main/lib/part {url} notes
  patches     = fix.patch
  packager    = {packager}
  compression = {compression}

[source "data"]
  sha256 = {sha256}
"""
SHELL = """\
prepare() { echo 'four = 4' >> lib/part/a.py; }
build() {
    cat */*.txt > all.txt
    (umask; echo $LC_ALL $TZ $SOURCE_DATE_EPOCH; date +%Z) > world.txt
    ls -U lib/part/* notes | sort > names.txt
    head -c 9000000 /dev/zero > large
}
package() { cp -R . "$pkgdir"; }
"""
PYTHON = """\
import os, shutil, time

def build(context):
    words = {path.name for path in context.srcdir.rglob("*")}
    lines = [repr(words), os.environ["TZ"], time.strftime("%Z"), repr(sorted(os.environ))]
    (context.srcdir / "world.txt").write_text("\\\\n".join(lines))
    (context.srcdir / "large").write_bytes(bytes(9_000_000))

def package(context):
    shutil.copytree(context.srcdir, context.pkgdir, dirs_exist_ok=True)
"""
PACKAGERS = {"xz": ("packager", SHELL), "zst": ("packager.py", PYTHON)}


@dataclass(frozen=True)
class Mixed:
    """A recipe with a source of every kind, not yet anywhere built."""

    folder: Path
    mirror: str

    def build(self, folder: Path, *options: str, **how: object) -> list[str]:
        """Build it in a folder, and give the SHA-256 of the archive and the lock."""
        command = [*how.pop("through", ()), *argv("package", f"--source=thing={self.mirror}", *options)]  # type: ignore[misc]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **how)  # type: ignore[call-overload]
        assert ended.returncode == 0, ended.stderr
        files = [*folder.glob("*.pkg.tar.*"), folder / "GuildPkg.lock"]
        return [sha256(file.read_bytes()).hexdigest() for file in files]


@pytest.fixture(params=PACKAGERS)
def mixed(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[Mixed]:
    """The recipe, with a shell packager and xz, or a Python one and zstandard."""
    name, text = PACKAGERS[request.param]
    data = tar_of({"data/one.txt": "1\n", "data/two.txt": "2\n"})
    with serving() as server:
        values = {"url": server.put("/data.tar.gz", data), "sha256": sha256(data).hexdigest()}
        recipe = RECIPE.format(packager=name, compression=request.param, **values)
        folder = make_recipe(tmp_path / "mixed", recipe, fix__patch=PATCH)
        (folder / name).write_text(text)
        (folder / "notes").mkdir()
        for number in range(9):
            (folder / "notes" / f"{number * 7 % 9}.txt").write_text(f"{number}\n")
        yield Mixed(folder, f"{world.server.url}/thing.git")


def copy_otherwise(origin: Path, target: Path) -> Path:
    """Copy a recipe with its files in another order, in another mode, at another time."""
    names = sorted(
        (path for path in origin.rglob("*") if path.is_file()), key=lambda path: sha256(path.name.encode()).digest()
    )
    for path in names:
        place = target / path.relative_to(origin)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        place.chmod(0o640)
        os.utime(place, (86400, 86400))
    return target


def elsewhere(folder: Path) -> Mapping[str, str]:
    """The environment of somebody else, far away."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GUILD_HOME": str(folder / "of guild"),
        "TMPDIR": str(folder),
        "TZ": "Asia/Kathmandu",
        "LANG": "tr_TR.ISO-8859-9",
        "LC_ALL": "POSIX",
        "PYTHONHASHSEED": "77",
        "SOURCE_DATE_EPOCH": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "USER": "somebody",
        "XZ_DEFAULTS": "-0",
        "ZSTD_NBTHREADS": "3",
    }


def test_all_that_should_not_matter_does_not(mixed: Mixed, tmp_path: Path) -> None:
    """Folder, home, time zone, locale, umask, cores, time, order and modes of files."""
    second = copy_otherwise(mixed.folder, tmp_path / "an other" / "de ep" / "mixed")
    first = mixed.build(mixed.folder, "-j3")
    begun = int(time.time())
    wait_for(lambda: int(time.time()) > begun, "the next second")
    one_core = {min(os.sched_getaffinity(0))}
    there = mixed.build(
        second,
        env=elsewhere(tmp_path / "an other"),
        umask=0o077,
        preexec_fn=lambda: os.sched_setaffinity(0, one_core),
    )
    assert there == first


AS_NOBODY = """\
set -e
while [ "$1" != -- ]; do
    mount --bind "$1" "$2"
    mount -t tmpfs -o mode=755 none "$3"
    mkdir -p "$1"
    mount --move "$2" "$1"
    shift 3
done
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs -- "$@"
"""


def closed_above(path: Path) -> Path | None:
    """Find the topmost folder above a path that others may not pass through."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 1), None)


@pytest.fixture
def as_nobody() -> Iterator[tuple[list[str], Path]]:
    """What to put before a command to run it as the user nobody, and a folder of that user.

    Where the interpreter lies below a closed folder, the command sees an open one in its place, and nobody else does.
    """
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="guild-nobody-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "own").mkdir()
        os.chown(folder / "own", 65534, 65534)
        words: list[str] = []
        for number, needed in enumerate({Path(sys.base_prefix), Path(__file__).parents[2]}):
            closed = closed_above(needed)
            if closed is not None:
                (folder / str(number)).mkdir()
                words += [str(needed), str(folder / str(number)), str(closed)]
        through = ["unshare", "--mount", "--propagation", "private", "sh", "-c", AS_NOBODY, "sh", *words, "--"]
        tried = subprocess.run(
            [*through, sys.executable, "-c", "import guildpkg"], cwd="/", capture_output=True, check=False
        )
        if tried.returncode:
            pytest.skip(f"nobody cannot reach the interpreter here: {tried.stderr.decode().strip()}")
        yield through, folder / "own"


@pytest.mark.parametrize("mixed", ["xz"], indirect=True)
def test_the_user_does_not_matter(mixed: Mixed, as_nobody: tuple[list[str], Path]) -> None:
    through, folder = as_nobody
    second = copy_otherwise(mixed.folder, folder / "mixed")
    for place in [folder / "mixed", *second.rglob("*")]:
        os.chown(place, 65534, 65534)
    first = mixed.build(mixed.folder)
    there = mixed.build(second, through=through, env=elsewhere(folder))
    assert next(second.glob("*.pkg.tar.*")).stat().st_uid == 65534
    assert there == first
