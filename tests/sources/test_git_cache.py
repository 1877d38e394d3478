"""The cache of git sources: shared, locked, healing, safe from kills; and mirrors, which fill the same one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.core.events import Detail
from guildpkg.core.sources import Limits
from guildpkg.errors import IntegrityError, NetworkError, OfflineError, SourceError, UsageFault
from guildpkg.system import disk
from tests.support.gitworld import TREE, World, below, world

CHILD = """
import sys
from pathlib import Path
from guildpkg.core.sources import Source
from guildpkg.errors import Where
from guildpkg.sources.git import fetch
from guildpkg.sources.request import Request

home, url = sys.argv[1:]
source = Source("up", url, "git", Where("GuildPkg"))
print(fetch(Request(source, Path("/")), Path(home), lambda event: None).pin.tree)
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def files_of_cache(here: World) -> list[Path]:
    """Every file of the cached repository, locks left out."""
    (cache,) = (here.home / "cache" / "git").glob("up-*.git")
    return sorted(file for file in cache.rglob("*") if file.is_file())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("filtered", ["true", "false"], ids=["loose", "packed"])
def test_a_flipped_byte_heals(here: World, filtered: str, seed: int) -> None:
    """Whichever byte of whichever object, pack or index: the next build has the right files."""
    here.up.git("config", "uploadpack.allowFilter", filtered)
    pin = here.get("/tree/v1/a/b").pin
    chance = random.Random(seed)
    for file in [file for file in files_of_cache(here) if "objects" in file.parts and file.stat().st_size]:
        if not file.exists():  # an earlier round has healed it away
            continue
        data = bytearray(file.read_bytes())
        at = chance.randrange(len(data))
        data[at] ^= 1 << chance.randrange(8)
        file.chmod(0o644)
        file.write_bytes(data)
        assert here.laid(here.get("/tree/v1/a/b", pin=pin)) == below(TREE, "a/b"), f"{file.name} at {at}"


@pytest.mark.parametrize("filtered", ["true", "false"], ids=["loose", "packed"])
def test_a_damaged_file_heals(here: World, filtered: str) -> None:
    """Cut, emptied, gone or full of rubbish; also configuration, refs, and the list of shallow commits."""
    here.up.git("config", "uploadpack.allowFilter", filtered)
    here.get("/tree/v1/a/b")
    chance = random.Random(3)
    for file in files_of_cache(here):
        if not file.exists():  # an earlier round has healed it away
            continue
        data = file.read_bytes()
        file.chmod(0o644)
        harm = chance.choice([data[: len(data) // 2], b"", b"garbage\n" * 9, None])
        file.unlink() if harm is None else file.write_bytes(harm)
        assert here.laid(here.get("/tree/v1/a/b")) == below(TREE, "a/b"), f"{file}: {harm!r}"


def test_healing_is_told(here: World) -> None:
    pin = here.get("/tree/v1/a/b").pin
    (blob,) = (file for file in files_of_cache(here) if file.parent.name + file.name == here.up.id("v1:a/b/run.sh"))
    blob.chmod(0o644)
    blob.write_bytes(b"x" * 50)
    here.events.clear()
    assert here.get("/tree/v1/a/b", pin=pin).way == "tree id"
    assert "is damaged" in here.said(Detail)
    assert "fetching it anew" in here.said(Detail)


def test_damage_offline_is_said_and_nothing_thrown_away(here: World) -> None:
    pin = here.get("/tree/v1/a/b").pin
    (blob,) = (file for file in files_of_cache(here) if file.parent.name + file.name == here.up.id("v1:a/b/run.sh"))
    blob.unlink()
    before = files_of_cache(here)
    with pytest.raises(OfflineError, match=r"cached copy of .* is damaged") as refusal:
        here.get("/tree/v1/a/b", pin=pin, offline=True)
    assert "without --offline" in refusal.value.hint
    assert files_of_cache(here) == before


def test_damage_between_fetching_and_laying_is_noticed(here: World) -> None:
    got = here.get("/tree/v1/a/b")
    (blob,) = (file for file in files_of_cache(here) if file.parent.name + file.name == here.up.id("v1:a/b/run.sh"))
    blob.unlink()
    with pytest.raises(IntegrityError, match="damaged") as refusal:
        here.laid(got)
    assert "run it again" in refusal.value.hint


def test_two_builds_fetch_at_once(here: World) -> None:
    """They share one cache and both are right; the second finds what the first has fetched."""
    command = [sys.executable, "-c", CHILD, str(here.home), f"{here.pages}/tree/v1/a/b"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [child.communicate(timeout=60)[0].strip() for child in children]
    assert answers == [here.up.id("v1:a/b")] * 3
    assert here.server.traffic < 3 * 12_000


def test_a_killed_fetch_leaves_nothing_in_the_way(here: World) -> None:
    """SIGKILL at random moments, then a fetch that succeeds and is right."""
    chance = random.Random(7)
    command = [sys.executable, "-c", CHILD, str(here.home), f"{here.pages}/tree/v1/a/b"]
    for _ in range(8):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 0.7))
        child.send_signal(signal.SIGKILL)
        child.wait()
        if chance.random() < 0.3:
            disk.remove(here.home)
    assert here.laid(here.get("/tree/v1/a/b")) == below(TREE, "a/b")
    assert not [file for file in files_of_cache(here) if file.name.startswith("tmp_") or file.suffix == ".lock"]


@pytest.mark.parametrize("left", ["shallow.lock", "objects/pack/tmp_pack_x", "objects/tmp_obj_x", "HEAD.lock"])
def test_what_a_killed_git_left_is_no_hindrance(here: World, left: str) -> None:
    here.get("/tree/v1/a")
    (cache,) = (here.home / "cache" / "git").glob("up-*.git")
    (cache / left).write_text("left")
    assert here.laid(here.get("/tree/v1/a/b")) == below(TREE, "a/b")


@pytest.mark.parametrize("kind", ["http", "page", "git+http", "file", "path", "relative"])
def test_a_mirror_stands_in(here: World, kind: str) -> None:
    """The named repository is gone; the mirror gives the same pin, and the cache then serves without it."""
    pin = here.get("/tree/v1/a/b").pin
    copy = here.up.path.with_name("copy.git")
    here.up.path.rename(copy)
    url = f"{here.server.url}/org/copy"
    forms = {
        "http": f"{url}.git",
        "page": f"{url}/tree/main",
        "git+http": f"git+{url}.git",
        "relative": "root/org/copy.git",
    }
    mirror = forms.get(kind, f"file://{copy}" if kind == "file" else str(copy))
    for lock in (None, pin):
        here.fresh()
        got = here.get("/tree/v1/a/b", pin=lock, mirror=mirror)
        assert (got.pin, here.laid(got)) == (pin, below(TREE, "a/b"))
        assert got.origin.rpartition("/")[2] == "copy.git"
    assert here.get("/tree/v1/a/b", pin=pin, offline=True).way == "cache"


@pytest.mark.parametrize("mirror", ["ext::sh -c id", "--upload-pack=id", "ftp://h/x.git", "http://h/\n"])
def test_a_mirror_that_is_refused(here: World, mirror: str) -> None:
    with pytest.raises(UsageFault):
        here.get("/tree/v1/a/b", mirror=mirror)


def test_a_mirror_with_other_content_is_noticed(here: World) -> None:
    """The lock knows what it wants: another repository does not have it."""
    pin = here.get("/tree/v1/a/b").pin
    other = here.repo("other")
    other.commit({**TREE, "a/b/mnist.py": "print('evil')\n"})
    other.tag("v1")
    here.fresh()
    with pytest.raises(IntegrityError, match=f"{other.id('v1:a/b')}.*{pin.tree}"):
        here.get("/tree/v1/a/b", pin=pin, mirror=f"{here.server.url}/org/other.git")


def test_credentials_of_a_mirror_are_never_shown(here: World) -> None:
    mirror = here.server.url.replace("//", "//me:secret@") + "/org/up.git"
    got = here.get("/tree/v1/a/b", mirror=mirror)
    assert got.origin == f"{here.pages}.git"
    here.fresh()
    here.server.status = 500
    with pytest.raises(NetworkError) as failure:
        here.get("/tree/v1/a/b", mirror=mirror)
    assert "secret" not in f"{failure.value} {here.events} {failure.value.hint}"


def test_limits_hold(here: World) -> None:
    """What unpacks to too much, or to too many files, is refused."""
    here.up.commit({"d/zeros": bytes(2_000_000), **{f"d/{n}": "x" for n in range(20)}})
    with pytest.raises(SourceError, match=r"more than 1\.0 MB at d"):
        here.get("/tree/main/d", limits=Limits(unpacked=1_000_000))
    with pytest.raises(SourceError, match="more than 9 files at d"):
        here.get("/tree/main/d", limits=Limits(members=9))


def test_a_download_that_grows_too_large_is_given_up(here: World) -> None:
    here.up.commit({f"d/{n}": random.Random(n).randbytes(100_000) for n in range(8)})
    here.server.pace = 0.1
    with pytest.raises(SourceError, match=r"sent more than 200 kB"):
        here.get("/tree/main/d", limits=Limits(download=200_000))
    here.server.behave()
    assert len(here.laid(here.get("/tree/main/d"))) == 8
