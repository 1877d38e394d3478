"""Files and archives of the web."""

from __future__ import annotations

import gzip
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.core.digests import Sha256, tree_digest
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError, GuildError, IntegrityError, NetworkError, OfflineError, SourceError
from guildpkg.sources.archive import fetch, file_name
from guildpkg.sources.request import Fetched, Request
from guildpkg.system.disk import scan
from tests.sources.conftest import QUICK, World
from tests.support.archives import tar_of, zip_of
from tests.support.httpserver import Server, breaks_after, claims, says

FILES = {"top/a.txt": "one", "top/b/c.txt": "two"}
TAR = tar_of(FILES)


def sha(data: bytes) -> Sha256:
    return Sha256(hashlib.sha256(data).hexdigest())


def get(world: World, request: Request) -> Fetched:
    return fetch(request, world.home, world.events.append, settings=QUICK)


@pytest.mark.parametrize("packed", [TAR, zip_of(FILES), tar_of(FILES, mode="w:xz"), tar_of(FILES, mode="w")])
def test_an_archive_is_unpacked_as_it_is_whatever_it_is_called(world: World, server: Server, packed: bytes) -> None:
    fetched = get(world, world.request("http", server.put("/data.bin", packed)))
    assert world.lay(fetched) == ["top/a.txt", "top/b/c.txt"]
    assert (world.src / "top/b/c.txt").read_text() == "two"
    assert fetched.pin.sha256 == sha(packed)
    assert fetched.pin.file == "data.bin"
    assert fetched.pin.kind == "http"


def test_the_time_of_an_archive_is_that_of_its_newest_member(world: World, server: Server) -> None:
    fetched = get(world, world.request("http", server.put("/d.tar.gz", tar_of(FILES, time=1_234_567_890))))
    assert fetched.pin.time == 1_234_567_890


def test_what_was_laid_is_what_is_told(world: World, server: Server) -> None:
    fetched = get(world, world.request("http", server.put("/d.tar.gz", TAR)))
    assert tree_digest(fetched.lay(world.src)) == tree_digest(scan(world.src))


def test_an_archive_can_be_kept_packed(world: World, server: Server) -> None:
    fetched = get(world, world.request("http", server.put("/data.tar.gz", TAR), extract=False))
    assert world.lay(fetched) == ["data.tar.gz"]
    assert fetched.pin.time is None
    assert fetched.pin.details == "extract=no"


def test_a_plain_file_keeps_the_name_in_its_url(world: World, server: Server) -> None:
    fetched = get(world, world.request("http", server.put("/a/my%20file.csv?raw=1", "1,2\n")))
    assert world.lay(fetched) == ["my file.csv"]
    assert (world.src / "my file.csv").stat().st_mode & 0o777 == 0o644
    (world.src / "my file.csv").write_text("a hook may edit its copy")
    assert fetch(world.request("http", server.root + "/a/my%20file.csv?raw=1", offline=True), world.home, print)


def test_two_sources_of_one_name_do_not_write_over_each_other(world: World, server: Server) -> None:
    (world.src / "x").write_text("mine")
    with pytest.raises(ArchiveError, match="x is there already"):
        get(world, world.request("http", server.put("/x", "theirs"))).lay(world.src)
    assert (world.src / "x").read_text() == "mine"


def test_a_link_in_the_way_is_not_followed(world: World, server: Server, tmp_path: Path) -> None:
    (world.src / "x").symlink_to(tmp_path / "outside")
    with pytest.raises(ArchiveError, match="there already"):
        get(world, world.request("http", server.put("/x", "theirs"))).lay(world.src)
    assert not (tmp_path / "outside").exists()


def test_without_a_hash_there_is_a_warning(world: World, server: Server) -> None:
    url = server.put("/x", "hello")
    get(world, world.request("http", url))
    assert world.warnings == [f"{url} has no sha256; the lock keeps the one found"]


def test_the_hash_of_the_recipe_is_demanded(world: World, server: Server) -> None:
    url = server.put("/x", "hello")
    assert get(world, world.request("http", url, sha256=sha(b"hello"))).pin.sha256 == sha(b"hello")
    assert world.warnings == []
    with pytest.raises(IntegrityError, match=f"sha256 is {sha(b'hello')} and should be {sha(b'other')}"):
        get(world, world.request("http", url, sha256=sha(b"other")))


def test_a_locked_source_in_the_cache_makes_no_request(world: World, server: Server) -> None:
    url = server.put("/d.tar.gz", TAR)
    pin = get(world, world.request("http", url)).pin
    asked = len(server.asked)
    again = get(world, world.request("http", url, pin=pin))
    assert (again.way, again.pin) == ("cache", pin)
    assert world.lay(again) == ["top/a.txt", "top/b/c.txt"]
    assert len(server.asked) == asked


def test_a_locked_source_is_fetched_by_its_hash(world: World, server: Server, tmp_path: Path) -> None:
    url = server.put("/d.tar.gz", TAR)
    pin = get(world, world.request("http", url)).pin
    other = replace(world, home=tmp_path / "other home")
    assert get(other, world.request("http", url, pin=pin)).way == "download"
    server.put("/d.tar.gz", tar_of({"evil": "x"}))
    third = replace(world, home=tmp_path / "third home")
    with pytest.raises(IntegrityError, match=pin.sha256):
        get(third, world.request("http", url, pin=pin))


def test_a_second_build_without_a_lock_works_offline(world: World, server: Server) -> None:
    url = server.put("/d.tar.gz", TAR)
    pin = get(world, world.request("http", url)).pin
    assert get(world, world.request("http", url, offline=True)).pin == pin
    with pytest.raises(OfflineError):
        get(world, world.request("http", url + ".other", offline=True))


def test_a_mirror_stands_in(world: World, server: Server) -> None:
    mirror = server.put("/elsewhere/copy", TAR).replace("//", "//me:secret@")
    request = world.request("http", "https://upstream.invalid/data.tar.gz", mirror=mirror, sha256=sha(TAR))
    fetched = get(world, request)
    assert fetched.origin == f"{server.root}/elsewhere/copy"
    assert fetched.pin.file == "data.tar.gz"
    assert "secret" not in repr(fetched.pin) + str(world.events)


def test_a_folder_can_be_a_mirror(world: World, tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(TAR)
    request = world.request("http", "https://upstream.invalid/d.tgz", mirror=(tmp_path / "copy").as_uri(), offline=True)
    assert world.lay(get(world, request)) == ["top/a.txt", "top/b/c.txt"]


def test_the_pin_does_not_depend_on_the_server(world: World, server: Server, tmp_path: Path) -> None:
    text = "https://upstream.invalid/d.tar.gz"
    first = get(world, world.request("http", text, mirror=server.put("/one", TAR, etag='"a"'))).pin
    other = replace(world, home=tmp_path / "other home")
    assert get(other, world.request("http", text, mirror=server.put("/two", TAR, etag=""))).pin == first


def test_an_archive_that_must_not_be_unpacked_is_refused_when_fetched(world: World, server: Server) -> None:
    url = server.put("/d.tar.gz", tar_of({"../outside": "x"}))
    with pytest.raises(ArchiveError):
        get(world, world.request("http", url))
    assert list((world.home / "cache" / "scratch").iterdir()) == []
    assert not (world.home / "cache" / "outside").exists()


def test_a_truncated_archive_is_refused(world: World, server: Server) -> None:
    """A server that announces less than it has: without a hash, HTTP sees nothing wrong, and the archive does."""
    long = tar_of({"noise": os.urandom(9000)})
    for body in (TAR, long):
        url = server.put("/d.tar.gz", body, claims(len(body) // 2))
        with pytest.raises(ArchiveError, match=r"d\.tar\.gz"):
            get(world, world.request("http", url))


def test_an_error_page_under_the_name_of_an_archive_is_refused(world: World, server: Server) -> None:
    url = server.put("/d.tar.gz", "<html>Sorry</html>")
    with pytest.raises(ArchiveError, match="not the archive that its name says") as caught:
        get(world, world.request("http", url))
    assert "extract = no" in caught.value.hint


def test_a_compressed_table_is_not_an_archive(world: World, server: Server) -> None:
    url = server.put("/digits.csv.gz", gzip.compress(b"1,2"))
    assert world.lay(get(world, world.request("http", url))) == ["digits.csv.gz"]


def test_limits_are_kept(world: World, server: Server) -> None:
    url = server.put("/d.tar.gz", tar_of({"zeros": bytes(1 << 20)}))
    with pytest.raises(SourceError, match="more than the 99 bytes"):
        get(world, world.request("http", url, limits=Limits(download=99)))
    with pytest.raises(GuildError):
        get(world, world.request("http", url, limits=Limits(unpacked=99)))


def test_a_server_in_trouble_is_waited_for(world: World, server: Server) -> None:
    url = server.put("/x", os.urandom(9000), breaks_after(5000))
    assert get(world, world.request("http", url)).way == "download"
    with pytest.raises(NetworkError, match="503"):
        get(world, world.request("http", server.put("/y", "", says(503), says(503))))


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://h/a/b.zip", "b.zip"), ("https://h/b%20c?x=/y#z", "b c"), ("https://h/.profile", ".profile")],
)
def test_a_file_is_called_as_its_url_ends(url: str, name: str) -> None:
    assert file_name(url) == name


@pytest.mark.parametrize("url", ["https://h", "https://h/a/", "https://h/..", "https://h/%2E%2E", "https://h/%00"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="names no file"):
        file_name(url)
