"""The download cache: shared, locked, self-healing, useful without a network."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Event, Warn
from guildpkg.errors import Busy, IntegrityError, NetworkError, OfflineError
from guildpkg.stores.downloads import Downloads, scratch_folder
from guildpkg.stores.downloads_old import sweep
from guildpkg.system.disk import locked, remove
from guildpkg.system.http.download import Wanted
from guildpkg.system.http.transfer import Settings
from tests.support import httpserver
from tests.support.httpserver import Server, breaks_after, says

QUICK = Settings(connect=2.0, stall=0.5, attempts=2, backoff=0.01)
BODY = random.Random(1).randbytes(100_000)
HASH = Sha256(hashlib.sha256(BODY).hexdigest())


@pytest.fixture
def server() -> Iterator[Server]:
    with httpserver.serving() as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Downloads:
    return Downloads(tmp_path, settings=QUICK)


def offline(cache: Downloads) -> Downloads:
    return replace(cache, offline=True)


def test_a_file_is_fetched_once_and_found_by_its_hash(server: Server, cache: Downloads) -> None:
    wanted = Wanted(server.put("/x", BODY), HASH)
    assert cache.get(wanted).way == "download"
    again = cache.get(wanted)
    assert (again.way, again.path.read_bytes(), again.size) == ("cache", BODY, len(BODY))
    assert again.path == cache.home / "cache" / "files" / HASH[:2] / HASH
    assert server.times("/x") == 1


def test_another_url_of_the_same_content_is_not_asked(server: Server, cache: Downloads) -> None:
    cache.get(Wanted(server.put("/x", BODY)))
    assert cache.get(Wanted(server.root + "/mirror", HASH)).way == "cache"


def test_without_a_hash_the_server_is_asked_whether_it_is_new(server: Server, cache: Downloads) -> None:
    url = server.put("/x", BODY)
    cache.get(Wanted(url))
    assert cache.get(Wanted(url)).way == "cache, unchanged upstream"
    assert server.asked[1].headers["if-none-match"] == '"one"'
    server.put("/x", "newer", etag='"two"')
    assert cache.get(Wanted(url)).path.read_bytes() == b"newer"


def test_offline_the_last_one_will_do(server: Server, cache: Downloads) -> None:
    url = server.put("/x", BODY)
    cache.get(Wanted(url))
    asked = len(server.asked)
    assert offline(cache).get(Wanted(url)).sha256 == HASH
    assert offline(cache).get(Wanted(url, HASH)).sha256 == HASH
    assert len(server.asked) == asked


@pytest.mark.parametrize("digest", [HASH, None], ids=["by hash", "by url"])
def test_offline_without_a_copy_is_an_error_of_its_own(server: Server, cache: Downloads, digest: Sha256 | None) -> None:
    with pytest.raises(OfflineError, match="not in the download cache") as caught:
        offline(cache).get(Wanted(server.put("/x", BODY), digest))
    assert "--offline" in caught.value.hint
    assert server.asked == []


def flip(path: Path) -> None:
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[50_000] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize("digest", [HASH, None], ids=["by hash", "by url"])
def test_a_flipped_byte_heals(server: Server, cache: Downloads, digest: Sha256 | None) -> None:
    events: list[Event] = []
    wanted = Wanted(server.put("/x", BODY), digest)
    path = cache.get(wanted).path
    flip(path)
    assert replace(cache, report=events.append).get(wanted).way == "download"
    assert path.read_bytes() == BODY
    assert [event.text for event in events if isinstance(event, Warn)] == [f"{path} in the download cache has gone bad"]
    assert cache.find(HASH)


@pytest.mark.parametrize("digest", [HASH, None], ids=["by hash", "by url"])
def test_a_flipped_byte_offline_is_said(server: Server, cache: Downloads, digest: Sha256 | None) -> None:
    wanted = Wanted(server.put("/x", BODY), digest)
    flip(cache.get(wanted).path)
    with pytest.raises(OfflineError, match="gone bad"):
        offline(cache).get(wanted)


def test_a_wrong_file_is_not_kept(server: Server, cache: Downloads) -> None:
    with pytest.raises(IntegrityError):
        cache.get(Wanted(server.put("/x", "other"), HASH))
    assert [path for path in (cache.home / "cache").rglob("*") if path.is_file() and path.parent.name != "locks"] == []


def test_a_download_that_was_broken_off_goes_on_next_time(server: Server, cache: Downloads) -> None:
    url = server.put("/x", BODY, breaks_after(60_000), says(500))
    with pytest.raises(NetworkError):
        cache.get(Wanted(url, HASH))
    assert cache.get(Wanted(url, HASH)).sha256 == HASH
    assert server.asked[-1].range == "bytes=60000-"


def test_a_mirror_goes_on_with_what_another_server_began(server: Server, cache: Downloads) -> None:
    with pytest.raises(NetworkError):
        cache.get(Wanted(server.put("/x", BODY, breaks_after(60_000), says(500)), HASH))
    assert cache.get(Wanted(server.put("/mirror", BODY, etag='"mirror"'), HASH)).sha256 == HASH
    assert server.asked[-1].range == "bytes=60000-"


@pytest.mark.parametrize(
    "note", ["", "{}", "[1]", '{"sha256": "../../x", "etag": "", "modified": ""}', '{"sha256": 1}']
)
def test_a_note_that_makes_no_sense_counts_as_none(server: Server, cache: Downloads, note: str) -> None:
    url = server.put("/x", BODY)
    cache.get(Wanted(url))
    next((cache.home / "cache" / "urls").iterdir()).write_text(note)
    assert cache.get(Wanted(url)).way == "download"


GET = """
import sys
from pathlib import Path
from guildpkg.core.digests import Sha256
from guildpkg.stores.downloads import Downloads
from guildpkg.system.http.download import Wanted
print(Downloads(Path(sys.argv[1])).get(Wanted(sys.argv[2], Sha256(sys.argv[3]) if sys.argv[3] else None)).sha256)
"""


@pytest.mark.parametrize("digest", [HASH, ""], ids=["by hash", "by url"])
def test_processes_that_want_the_same_share_one_download(server: Server, tmp_path: Path, digest: str) -> None:
    def steadily(to: httpserver.Handler, file: httpserver.File, asked: httpserver.Asked) -> None:
        time.sleep(1.0)
        httpserver.good(to, file, asked)

    url = server.put("/x", BODY, steadily)
    command = [sys.executable, "-c", GET, str(tmp_path), url, digest]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert {child.communicate(timeout=30)[0].strip() for child in children} == {HASH}
    assert sum("if-none-match" not in asked.headers for asked in server.asked) == 1


def test_threads_that_want_the_same_share_one_download(server: Server, cache: Downloads) -> None:
    wanted, found = Wanted(server.put("/x", BODY), HASH), []
    threads = [threading.Thread(target=lambda: found.append(cache.get(wanted).sha256)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [HASH] * 6
    assert server.times("/x") == 1


def test_sweeping_takes_old_parts_and_leaves_the_rest(server: Server, cache: Downloads) -> None:
    cache.get(Wanted(server.put("/kept", "kept")))
    for name in ("/old", "/new"):
        with pytest.raises(NetworkError):
            cache.get(Wanted(server.put(name, BODY, breaks_after(60_000), says(500))))
    parts = sorted((cache.home / "cache" / "parts").glob("*.part"), key=lambda part: part.stat().st_mtime_ns)
    for left in (parts[0], parts[0].with_name(parts[0].name + ".json")):
        os.utime(left, (1000, 1000))
    assert sweep(cache.home, before=2000) > 60_000
    assert not parts[0].exists()
    assert parts[1].exists()
    assert sweep(cache.home, before=2000) == 0
    assert offline(cache).get(Wanted(server.root + "/kept")).path.read_bytes() == b"kept"


def test_sweeping_takes_files_that_were_not_used_for_long(server: Server, cache: Downloads) -> None:
    """When they were fetched or changed does not count, but when somebody last got them out of the cache."""
    old, used = (cache.get(Wanted(server.put(name, name * 100))) for name in ("/old", "/used"))
    for file in (old, used):
        os.utime(file.path, (1000, 1000))
    assert cache.find(used.sha256)
    assert sweep(cache.home, before=2000, dry_run=True) == old.size
    assert sweep(cache.home, before=2000) == old.size
    assert (old.path.exists(), used.path.exists()) == (False, True)
    assert cache.get(Wanted(server.put("/old", "/old" * 100))).sha256 == old.sha256


def test_a_scratch_folder_removes_those_of_the_dead_and_no_other(tmp_path: Path) -> None:
    left = tmp_path / "cache" / "scratch" / "left"
    (left / "inside").mkdir(parents=True)
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert sorted((tmp_path / "cache" / "scratch").iterdir()) == sorted([first, second])
    assert list((tmp_path / "cache" / "scratch").iterdir()) == []


def test_a_scratch_folder_is_somebodys_until_it_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def remove_while_others_look(path: Path) -> None:
        with pytest.raises(Busy), locked(path, wait=0):
            pass
        remove(path)

    monkeypatch.setattr("guildpkg.stores.downloads.remove", remove_while_others_look)
    with scratch_folder(tmp_path) as scratch:
        (scratch / "file").touch()
    assert not scratch.exists()


def test_sweeping_waits_for_nobody(cache: Downloads, server: Server) -> None:
    url = server.put("/x", BODY, breaks_after(60_000, stall=30), breaks_after(0, stall=30))

    def fetch() -> None:
        with pytest.raises(NetworkError):
            cache.get(Wanted(url, HASH))

    thread = threading.Thread(target=fetch)
    thread.start()
    part = cache.home / "cache" / "parts" / f"{HASH}.part"
    while not part.exists():
        time.sleep(0.01)
    assert sweep(cache.home, before=time.time() + 99) == 0
    thread.join()


def test_a_file_url_needs_no_network(cache: Downloads, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(BODY)
    assert offline(cache).get(Wanted((tmp_path / "x").as_uri(), HASH)).way == "download"
