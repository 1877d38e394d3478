"""The sdist of a release, from wherever pip would take it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.core.digests import Sha256
from guildpkg.errors import IntegrityError, NetworkError, OfflineError, SourceError
from guildpkg.sources.pypi import fetch
from guildpkg.sources.request import Fetched
from tests.sources.conftest import QUICK, World
from tests.support import httpserver
from tests.support.archives import sdist, zip_of
from tests.support.httpserver import Server, breaks_after, says

JSON = "application/vnd.pypi.simple.v1+json"
SDIST = sdist("some_thing", "1.0", {"setup.py": "raise SystemExit(9)", "data.csv": "1,2\n"})
HASH = Sha256(hashlib.sha256(SDIST).hexdigest())
LAID = ["some_thing-1.0/data.csv", "some_thing-1.0/setup.py"]


@pytest.fixture(autouse=True)
def index(server: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Make the server pip's only index, save for the test that wants the real one."""
    if request.node.get_closest_marker("registry"):
        return ""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.root}/simple")
    return f"{server.root}/simple"


def offer(server: Server, files: Mapping[str, bytes], at: str = "/simple", **more: object) -> None:
    """Put files and the JSON page of some-thing that lists them."""
    listed = []
    for name, body in files.items():
        server.put(f"/files{at}/{name}", body)
        hashes = {"sha256": hashlib.sha256(body).hexdigest()}
        listed.append({"filename": name, "url": f"/files{at}/{name}", "hashes": hashes, "size": len(body), **more})
    page = json.dumps({"meta": {"api-version": "1.1"}, "name": "some-thing", "files": listed})
    server.put(f"{at}/some-thing/", page, media=JSON)


def get(world: World, text: str = "pypi:some-thing==1.0", **how: object) -> Fetched:
    return fetch(world.request("pypi", text, **how), world.home, world.events.append, settings=QUICK)  # type: ignore[arg-type]


def test_a_sdist_is_unpacked_and_not_built(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    fetched = get(world)
    assert world.lay(fetched) == LAID
    assert fetched.pin.file == "some_thing-1.0.tar.gz"
    assert fetched.pin.sha256 == HASH
    assert fetched.pin.time == 1_500_000_000
    assert fetched.way == "download"
    assert world.warnings == []


@pytest.mark.parametrize("text", ["pypi:Some.Thing==1.0", "pypi:some_thing==1", "pypi:SOME--THING==1.0.0"])
def test_names_and_versions_are_normalised(world: World, server: Server, text: str) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    assert get(world, text).pin.sha256 == HASH
    assert server.asked[0].path == "/simple/some-thing/"


def test_json_is_asked_for_and_html_is_understood(world: World, server: Server) -> None:
    server.put("/f/some_thing-1.0.tar.gz", SDIST)
    anchor = f'<a href="../../f/some_thing-1.0.tar.gz#sha256={HASH}" data-requires-python="&lt;2">x</a>'
    server.put("/simple/some-thing/", f"<!DOCTYPE html><html><body>{anchor}</body></html>", media="text/html")
    assert world.lay(get(world)) == LAID
    assert server.asked[0].headers["accept"].startswith(JSON)


def test_nothing_of_the_index_enters_the_pin(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    assert "127.0.0.1" not in repr(get(world).pin)


def test_the_indexs_hash_is_checked(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    server.files["/files/simple/some_thing-1.0.tar.gz"].body = b"x" * len(SDIST)
    with pytest.raises(IntegrityError, match=f"should be {HASH}"):
        get(world)


@pytest.mark.parametrize("by", ["recipe", "lock"])
def test_a_release_that_was_replaced_is_refused(world: World, server: Server, tmp_path: Path, by: str) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    pin = get(world).pin
    other = sdist("some_thing", "1.0", {"evil": "x"})
    offer(server, {"some_thing-1.0.tar.gz": other})
    fresh = replace(world, home=tmp_path / "fresh")
    with pytest.raises(IntegrityError, match=f"is {hashlib.sha256(other).hexdigest()} and should be {HASH}"):
        get(fresh, **({"pin": pin} if by == "lock" else {"sha256": HASH}))
    assert server.times("/files/simple/some_thing-1.0.tar.gz") == 1


def test_a_locked_release_in_the_cache_makes_no_request(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    pin = get(world).pin
    server.asked.clear()
    again = get(world, pin=pin)
    assert (again.pin, again.way, again.origin) == (pin, "cache", "pypi:some-thing==1.0")
    assert world.lay(again) == LAID
    assert server.asked == []


def test_a_second_build_without_a_lock_works_offline(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    pin = get(world).pin
    server.asked.clear()
    assert get(world, offline=True).pin == pin
    assert get(world, offline=True, sha256=HASH).pin == pin
    assert get(world, sha256=HASH).way == "cache"
    assert server.asked == []


def test_offline_without_a_copy_is_an_error(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    with pytest.raises(OfflineError, match=r"some-thing 1\.0 is not in the download cache"):
        get(world, offline=True)
    assert server.asked == []


def test_the_first_index_that_has_the_release_is_taken(
    world: World, server: Server, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(server, {"some_thing-0.9.tar.gz": SDIST})
    offer(server, {"some_thing-1.0.tar.gz": SDIST}, "/extra")
    offer(server, {"some_thing-1.0.tar.gz": b"never asked for"}, "/third")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{server.root}/none {server.root}/extra {server.root}/third")
    assert get(world).origin == f"{server.root}/files/extra/some_thing-1.0.tar.gz"
    assert server.times("/third/some-thing/") == 0


def test_a_demanded_hash_picks_the_index_that_has_it(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(server, {"some_thing-1.0.tar.gz": b"rebuilt"})
    offer(server, {"some_thing-1.0.tar.gz": SDIST}, "/extra")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{server.root}/extra")
    assert get(world, sha256=HASH).pin.sha256 == HASH


@pytest.mark.parametrize("demanded", ["", HASH], ids=["no hash", "hash"])
def test_an_index_in_trouble_is_passed_over_only_with_a_hash(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, demanded: str
) -> None:
    server.put("/simple/some-thing/", "", says(503), says(503))
    offer(server, {"some_thing-1.0.tar.gz": SDIST}, "/extra")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{server.root}/extra")
    if demanded:
        assert get(world, sha256=demanded).pin.sha256 == HASH
        assert "looking further" in world.warnings[0]
    else:
        with pytest.raises(NetworkError, match="503"):
            get(world)


def test_a_folder_of_files_is_a_place_to_look(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "some_thing-1.0.tar.gz").write_bytes(SDIST)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    assert world.lay(get(world, offline=True)) == LAID
    assert world.warnings == ["pypi:some-thing==1.0 has no sha256; the lock keeps the one found"]


def test_a_page_of_links_is_a_place_to_look(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("/some_thing-1.0.tar.gz", SDIST)
    page = server.put("/links.html", f'<a href="some_thing-1.0.tar.gz#sha256={HASH}">', media="text/html")
    monkeypatch.setenv("PIP_FIND_LINKS", page)
    assert get(world).pin.sha256 == HASH
    assert server.times("/simple/some-thing/") == 0


def test_an_index_on_disk_is_an_index(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "simple" / "some-thing").mkdir(parents=True)
    (tmp_path / "some_thing-1.0.tar.gz").write_bytes(SDIST)
    anchor = f'<a href="../../some_thing-1.0.tar.gz#sha256={HASH}">x</a>'
    (tmp_path / "simple" / "some-thing" / "index.html").write_text(anchor)
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    assert get(world, offline=True).pin.sha256 == HASH


def test_a_zip_will_do_when_there_is_no_tar(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.zip": zip_of({"some_thing-1.0/data.csv": "1"})})
    assert world.lay(get(world)) == ["some_thing-1.0/data.csv"]


def test_a_yanked_release_is_warned_about(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST}, yanked="broken metadata")
    get(world)
    assert world.warnings == ["some-thing 1.0 was yanked: broken metadata"]


def test_wheels_are_no_source(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0-py3-none-any.whl": b"x", "some_thing-0.9.tar.gz": SDIST})
    with pytest.raises(SourceError, match="without a sdist, as wheels only"):
        get(world)


def test_a_release_that_does_not_exist_names_its_neighbours(world: World, server: Server) -> None:
    offer(server, {f"some_thing-{version}.tar.gz": b"x" for version in ("0.1", "0.8", "0.9", "1.1", "2", "3")})
    with pytest.raises(SourceError, match=r"there is no some-thing 1\.0") as caught:
        get(world)
    assert caught.value.hint == "there is 0.8, 0.9, 1.1, 2, 3"


def test_a_project_that_does_not_exist_says_where_it_looked(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.root}/simple".replace("//", "//me:secret@"))
    with pytest.raises(SourceError, match="no project some-thing") as caught:
        get(world)
    assert caught.value.hint == f"check its name; asked was {server.root}/simple"


def test_credentials_of_an_index_go_with_the_file_and_are_never_shown(
    world: World, server: Server, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    page = server.files["/simple/some-thing/"]
    page.body = page.body.replace(b'"/files', f'"{server.root}/files'.encode())
    monkeypatch.setenv("PIP_INDEX_URL", index.replace("//", "//me:secret@"))
    fetched = get(world)
    assert [asked.headers["authorization"] for asked in server.asked] == ["Basic bWU6c2VjcmV0"] * 2
    assert "secret" not in str(world.events) + repr(fetched)


def test_an_index_that_anyone_may_change_is_passed_over(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{server.root}/simple")
    monkeypatch.setenv("PIP_INDEX_URL", "http://upstream.invalid/simple")
    assert get(world).pin.sha256 == HASH
    assert "neither https nor a trusted-host" in world.warnings[0]


def test_a_trusted_host_may_speak_plainly(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("http://upstream.invalid/simple/some-thing/", f'<a href="some_thing-1.0.tar.gz#sha256={HASH}">',
               media="text/html")  # fmt: skip
    server.put("http://upstream.invalid/simple/some-thing/some_thing-1.0.tar.gz", SDIST)
    monkeypatch.setenv("PIP_INDEX_URL", "http://upstream.invalid/simple")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "upstream.invalid")
    monkeypatch.setenv("PIP_PROXY", server.root)
    assert get(world).pin.sha256 == HASH


@pytest.mark.parametrize("kind", ["file", "index"])
def test_a_mirror_is_a_file_or_an_index(world: World, server: Server, kind: str) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST}, "/mirror")
    mirror = {"file": "/files/mirror/some_thing-1.0.tar.gz", "index": "/mirror"}[kind]
    fetched = get(world, mirror=server.root + mirror)
    assert fetched.pin.sha256 == HASH
    assert fetched.origin == f"{server.root}/files/mirror/some_thing-1.0.tar.gz"


def test_a_download_that_breaks_goes_on(world: World, server: Server) -> None:
    offer(server, {"some_thing-1.0.tar.gz": SDIST})
    server.files["/files/simple/some_thing-1.0.tar.gz"].moods.append(breaks_after(50))
    assert get(world).pin.sha256 == HASH
    assert server.asked[-1].range == "bytes=50-"


@pytest.mark.parametrize("mood", [httpserver.endless, says(200), httpserver.claims(3)])
def test_an_index_that_makes_no_sense_is_an_error(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, mood: httpserver.Mood
) -> None:
    server.put("/simple/some-thing/", "{ is no page", mood, media=JSON)
    with pytest.raises(SourceError):
        get(world)


@pytest.mark.parametrize("text", ["pypi:x", "pypi:==1", "pypi:x==", "pypi:x==1.*", "pypi:x==latest"])
def test_what_names_no_release_is_refused(world: World, text: str) -> None:
    with pytest.raises(SourceError, match="names no release"):
        get(world, text)


@pytest.mark.registry
def test_a_real_release_comes_from_the_configured_index(world: World) -> None:
    """The hash is the one that was published in 2021."""
    fetched = get(world, "pypi:six==1.16.0")
    assert fetched.pin.sha256 == "1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926"
    assert "six-1.16.0/six.py" in world.lay(fetched)
