"""Hooks, sources and servers that mean harm or are broken: a clear refusal, exit 1, and nothing else changed."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.system.sandbox import probe
from tests.archive.hostile import HOSTILE
from tests.archive.making import ended, member
from tests.pipeline.conftest import FILES, World
from tests.support.archives import sdist, tar_of
from tests.support.builds import litter, nothing_left, tree_of
from tests.support.guild import Said, beside, guild, make_recipe, members
from tests.support.httpserver import Server, breaks_after, claims, says, serving, unframed

HEAD = "[package]\n  name = thing\n  version = 1\n"
PIN = '\n[source "{name}"]\n  {what} = {value}\n'
ZEROS = "0" * 40


@pytest.fixture
def web() -> Iterator[Server]:
    """A web server."""
    with serving() as server:
        yield server


def build(folder: Path, source: str, more: str = "", *options: str, **env: str) -> Said:
    """Build a recipe with one source."""
    recipe = make_recipe(folder, f"{HEAD}  source = {source}\n{more}")
    return guild("package", *options, cwd=recipe, env=env)


@pytest.fixture(params=["sandbox", "no sandbox"])
def sandbox(request: pytest.FixtureRequest) -> str:
    """The option for a build of either kind, where it works."""
    if request.param == "sandbox" and not probe().available:
        pytest.skip(f"no sandbox: {probe().why}")
    return "--sandbox=required" if request.param == "sandbox" else "--sandbox=off"


def hook(folder: Path, body: str, *options: str) -> Said:
    """Build a recipe that has nothing but one hook."""
    recipe = make_recipe(folder, f"{HEAD}  packager = packager\n", packager=f"package() {{ {body}; }}\n")
    return guild("package", *options, cwd=recipe)


def test_a_hook_that_reads_the_home_finds_an_empty_one(tmp_path: Path, sandbox: str, no_real_home: Path) -> None:
    (no_real_home / ".netrc").write_text("a-secret")
    said = hook(tmp_path / "recipe", "ls -A ~ > $pkgdir/seen; cat ~/.netrc", sandbox).failed()
    assert "the package hook failed (exit 1):\n  cat: " in said.err
    assert "/.netrc: No such file or directory" in said.err
    assert (tmp_path / "recipe/pkg/seen").read_bytes() == b""


CONFINED = {
    "the real home": ("cat {home}/.netrc", "No such file or directory"),
    "a socket": ("exec 3<>/dev/tcp/127.0.0.1/{port}", "Connection refused"),
    "the recipe": ("echo x >> $recipedir/GuildPkg", "Read-only file system"),
    "the lock": ("rm $recipedir/GuildPkg.lock", "Read-only file system"),
    "the system": ("echo x > /usr/x", "Read-only file system"),
    "a neighbour": ("echo x > {neighbour}", "No such file or directory"),
}


@pytest.mark.parametrize("what", CONFINED)
def test_a_hook_that_reaches_out_is_stopped_by_the_sandbox(tmp_path: Path, no_real_home: Path, what: str) -> None:
    if not probe().available:
        pytest.skip(f"no sandbox: {probe().why}")
    (no_real_home / ".netrc").write_text("a-secret")
    body, complaint = CONFINED[what]
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = {"home": no_real_home, "port": server.getsockname()[1], "neighbour": tmp_path / "x"}
        said = hook(tmp_path / "recipe", body.format(**names), "-q").failed()
    assert "the package hook failed (exit 1):" in said.err
    assert complaint in said.err
    assert "a-secret" not in said.err
    assert beside(tmp_path) == {"recipe"}
    assert (tmp_path / "recipe/GuildPkg").read_text() == f"{HEAD}  packager = packager\n"
    assert (tmp_path / "recipe/GuildPkg.lock").exists()


def test_a_hook_that_forks_and_stays_does_not_stay(tmp_path: Path, sandbox: str) -> None:
    word = f"1000.{secrets.randbelow(10**12):012}"
    with nothing_left():
        body = f"(trap '' INT TERM HUP; setsid sleep {word} &); sleep {word} & echo done > $pkgdir/done"
        hook(tmp_path / "recipe", body, sandbox).ok()
    assert "./done" in members(tmp_path / "recipe/thing-1.pkg.tar.xz")


def test_a_wrong_sha256_is_told_with_both(web: Server, tmp_path: Path) -> None:
    data = tar_of({"a.txt": "a\n"})
    wrong = PIN.format(name="data", what="sha256", value="0" * 64)
    said = build(tmp_path / "recipe", web.put("/data.tar.gz", data), wrong).failed()
    assert f"its sha256 is {hashlib.sha256(data).hexdigest()} and should be {'0' * 64}" in said.err
    assert litter(tmp_path / "recipe") == set()
    assert not (tmp_path / "recipe" / "src").exists()


@pytest.mark.parametrize("lies", ["the recipe", "the index"])
def test_a_release_with_another_hash_is_refused(web: Server, tmp_path: Path, lies: str) -> None:
    body = sdist("some_thing", "1.0")
    digest = hashlib.sha256(body if lies == "the recipe" else b"").hexdigest()
    name = "some_thing-1.0.tar.gz"
    listed = {"filename": name, "url": web.put(f"/{name}", body), "hashes": {"sha256": digest}}
    page = json.dumps({"meta": {"api-version": "1.1"}, "name": "some-thing", "files": [listed]})
    web.put("/simple/some-thing/", page, media="application/vnd.pypi.simple.v1+json")
    env = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"{web.root}/simple"}
    pin = PIN.format(name="some-thing", what="sha256", value="0" * 64) if lies == "the recipe" else ""
    said = build(tmp_path / "recipe", "pypi:some-thing==1.0", pin, **env).failed()
    assert "sha256" in said.err
    assert ("0" * 64 if pin else digest) in said.err


@pytest.mark.parametrize("what", ["commit", "tree"])
def test_a_wrong_id_is_told_with_both(world: World, what: str) -> None:
    text = (world.recipe / "GuildPkg").read_text()
    (world.recipe / "GuildPkg").write_text(text + PIN.format(name="thing", what=what, value=ZEROS))
    said = world.package().failed()
    found = world.upstream.id("main" if what == "commit" else "main:lib/part")
    assert f"GuildPkg:4: thing has to be {what} {ZEROS}, and " in said.err
    assert f"is {found}" in said.err
    assert "hint: was the ref moved?" in said.err
    assert not (world.recipe / "GuildPkg.lock").exists()


def test_a_tag_that_moved_changes_nothing_until_the_lock_is_updated(world: World, tmp_path: Path) -> None:
    text = (world.recipe / "GuildPkg").read_text()
    (world.recipe / "GuildPkg").write_text(text.replace("tree/main", "tree/v1"))
    world.upstream.tag("v1")
    old = (world.upstream.id("main"), world.upstream.id("main:lib/part"))
    world.package().ok()
    before = world.archive.read_bytes()
    world.upstream.commit({**FILES, "lib/part/new.py": "new = 1\n"})
    world.upstream.git("tag", "-f", "v1", "main")
    new = (world.upstream.id("main"), world.upstream.id("main:lib/part"))
    for options in ([], ["--locked"]):
        world.package(*options, GUILD_HOME=str(tmp_path / f"home{len(options)}")).ok()
        assert world.archive.read_bytes() == before
    told = guild("lock", "--update", world.mirror, cwd=world.recipe).ok().out
    assert told == f"thing: commit {old[0]} tree {old[1]} -> commit {new[0]} tree {new[1]}\n"
    world.package("-f").ok()
    assert "./lib/part/new.py" in members(world.archive)


DATA = tar_of({"data/a.txt": "a\n" * 4000}, mode="w")
PASSING = {
    "closes midway": (breaks_after(3000), "broke: peer closed connection"),
    "claims more than there is": (claims(len(DATA) + 500), "broke: peer closed connection"),
    "is out of order": (says(503), "answers 503 Service Unavailable"),
}
LASTING = {
    "knows no such file": ([says(404)], "answers 404 Not Found", "check the address"),
    "asks for patience": ([says(503, Retry_After="9999")], "asks to wait 9999 s", "check the network"),
    "claims less than there is": ([claims(len(DATA) - 5000)], "ends in the middle of a file", ""),
    "stops without a word": ([unframed(3000)], "ends in the middle of a file", ""),
}


@pytest.mark.parametrize("how", PASSING)
def test_a_web_server_that_fails_once_is_asked_again(web: Server, tmp_path: Path, how: str) -> None:
    mood, message = PASSING[how]
    said = build(tmp_path / "recipe", web.put("/data.tar", DATA, mood)).ok()
    assert message in said.err
    assert "; trying again in 1 s" in said.err
    assert (tmp_path / "recipe/pkg/data/a.txt").stat().st_size == 8000


@pytest.mark.parametrize("how", LASTING)
def test_a_web_server_that_fails_is_named_and_a_later_build_is_right(web: Server, tmp_path: Path, how: str) -> None:
    moods, message, hint = LASTING[how]
    said = build(tmp_path / "recipe", web.put("/data.tar", DATA, *moods)).failed()
    assert "data.tar" in said.err
    assert message in said.err
    assert hint in said.err
    assert not (tmp_path / "recipe" / "GuildPkg.lock").exists()
    guild("package", cwd=tmp_path / "recipe").ok()
    assert (tmp_path / "recipe/pkg/data/a.txt").stat().st_size == 8000


def test_a_git_server_that_fails_once_is_asked_again(world: World) -> None:
    world.server.faults, world.server.cut = 1, 10
    said = world.package().ok()
    assert "; trying again in 1 s" in said.err
    assert "./lib/part/deep/b.txt" in members(world.archive)


def test_a_git_server_that_always_closes_midway_is_given_up(world: World) -> None:
    world.server.cut = 10
    said = world.package().failed()
    assert said.err.count("trying again in") == 2
    assert f"{world.server.url}/thing.git" in said.err.splitlines()[-2]
    world.server.behave()
    world.package().ok()


def test_what_is_bzip2_by_content_is_unpacked_whatever_its_name(web: Server, tmp_path: Path) -> None:
    build(tmp_path / "recipe", web.put("/data.tar.xz", tar_of({"a.txt": "a\n"}, mode="w:bz2"))).ok()
    assert (tmp_path / "recipe/pkg/a.txt").read_text() == "a\n"


@pytest.mark.parametrize("body", [b"<html>Sorry!</html>", bz2.compress(b"no tar")], ids=["a page", "no tar inside"])
def test_a_source_that_is_no_archive_as_its_name_says_is_refused(web: Server, tmp_path: Path, body: bytes) -> None:
    said = build(tmp_path / "recipe", web.put("/data.tar.xz", body)).failed()
    assert "data.tar.xz is not the archive that its name says" in said.err
    assert "`extract = no`" in said.err


def test_a_package_of_the_tool_of_2017_is_refused_with_the_reason(world: World, tmp_path: Path) -> None:
    old = tmp_path / "digits-1.pkg.tar.xz"
    old.write_bytes(tar_of({"./.GuildPkg": "[package]\n"}, mode="w:bz2"))
    said = guild("verify", old, cwd=tmp_path).failed()
    assert "bzip2" in said.err
    shutil.copy(old, world.archive)
    assert "is there already and was built from something else" in world.package().failed().err


BY_ID = {hostile.id: hostile for hostile in HOSTILE}
ATTACKS = {
    "path climbing out": "http",
    "links that climb out together": "file",
    "file through a link out": "http",
    "hard link out": "file",
    "size of exabytes": "http",
    "character device": "file",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_archive_is_refused(web: Server, tmp_path: Path, attack: str) -> None:
    hostile, kind = BY_ID[attack], ATTACKS[attack]
    outside = tmp_path / "outside"
    (outside / "target").mkdir(parents=True)
    (outside / "secret").write_text("secret")
    before = tree_of(outside)
    body = gzip.compress(ended(member(b"./", kind=b"5") + hostile.parts(bytes(outside))))
    recipe = tmp_path / "recipe"
    recipe.mkdir()
    (recipe / "data.tar.gz").write_bytes(body)
    said = build(recipe, web.put("/data.tar.gz", body) if kind == "http" else "data.tar.gz").failed()
    assert "guild: data.tar.gz" in said.err
    assert hostile.as_source in said.err
    assert tree_of(outside) == before
    assert litter(recipe, "data.tar.gz") == set()
    assert not (recipe / "src").exists()
