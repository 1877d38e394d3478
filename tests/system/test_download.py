"""A URL into a file, whatever the server does."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Event, Progress, silent
from guildpkg.errors import DiskFull, GuildError, IntegrityError, NetworkError, SourceError
from guildpkg.system.http.download import Downloaded, Wanted, download
from guildpkg.system.http.part import Version
from guildpkg.system.http.transfer import Missing, Settings
from tests.support import httpserver
from tests.support.httpserver import (
    Mood,
    Server,
    breaks_after,
    chunked,
    claims,
    endless,
    ignores_ranges,
    says,
    unframed,
)

QUICK = Settings(connect=2.0, stall=0.4, attempts=3, backoff=0.01, patience=1.0)
BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
HASH = Sha256(hashlib.sha256(BODY).hexdigest())


@pytest.fixture
def server() -> Iterator[Server]:
    with httpserver.serving() as running:
        yield running


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "x.part"


def get(wanted: Wanted, part: Path) -> Downloaded:
    done = download(wanted, part, settings=QUICK)
    assert done is not None
    return done


def test_a_file_comes_whole(server: Server, part: Path) -> None:
    done = get(Wanted(server.put("/x", BODY), HASH, len(BODY)), part)
    assert part.read_bytes() == BODY
    assert done == Downloaded(HASH, len(BODY), Version('"one"'), 0)


def test_an_empty_file_is_a_file(server: Server, part: Path) -> None:
    assert get(Wanted(server.put("/x", b"")), part).size == 0
    assert part.read_bytes() == b""


FLAWS: dict[str, list[Mood]] = {
    "closes midway once": [breaks_after(100_000)],
    "closes midway twice": [breaks_after(100_000), breaks_after(70_000)],
    "stalls midway": [breaks_after(100_000, stall=30)],
    "is busy, then closes midway": [says(503), breaks_after(1)],
    "closes midway, then is busy": [breaks_after(100_000), says(429, Retry_After="0")],
    "closes midway and ignores ranges": [breaks_after(100_000), ignores_ranges],
    "breaks off chunks": [chunked(BODY[:1000], BODY[1000:5000], end=False)],
    "answers 206 without a range": [breaks_after(100_000), says(206)],
    "answers 206 with a wrong range": [breaks_after(9), says(206, Content_Range="bytes 5-99/300000")],
    "answers 206 unasked": [says(206, Content_Range="bytes 0-9/300000")],
    "answers 416 for no reason": [breaks_after(9), says(416)],
    "answers 304 unasked": [says(304)],
    "tells a length that is too great": [claims(400_000)],
}


@pytest.mark.parametrize("flaws", FLAWS.values(), ids=list(FLAWS))
@pytest.mark.parametrize("known", [True, False], ids=["hash known", "hash unknown"])
def test_a_server_with_a_passing_flaw_is_survived(server: Server, part: Path, flaws: list[Mood], known: bool) -> None:
    url = server.put("/x", BODY, *flaws)
    assert get(Wanted(url, HASH if known else None), part).sha256 == HASH
    assert part.read_bytes() == BODY


def test_what_came_is_not_asked_for_again(server: Server, part: Path) -> None:
    get(Wanted(server.put("/x", BODY, breaks_after(100_000), breaks_after(50_000))), part)
    assert [asked.range for asked in server.asked] == ["", "bytes=100000-", "bytes=150000-"]
    assert {asked.headers.get("if-range", '"one"') for asked in server.asked} == {'"one"'}


def test_a_later_call_goes_on_where_the_earlier_one_gave_up(server: Server, part: Path) -> None:
    url = server.put("/x", BODY, breaks_after(100_000), *[says(500)] * 2)
    with pytest.raises(NetworkError, match="tried 3 times"):
        get(Wanted(url), part)
    assert get(Wanted(url), part).resumed == 100_000
    assert server.asked[-1].range == "bytes=100000-"
    assert part.read_bytes() == BODY


@pytest.mark.parametrize("known", [True, False], ids=["hash known", "hash unknown"])
def test_a_file_that_changed_meanwhile_is_fetched_anew(server: Server, part: Path, known: bool) -> None:
    url = server.put("/x", OTHER, breaks_after(100_000), *[says(500)] * 2, etag='"old"')
    with pytest.raises(NetworkError):
        get(Wanted(url), part)
    server.put("/x", BODY, etag='"new"')
    assert get(Wanted(url, HASH if known else None), part).sha256 == HASH
    assert part.read_bytes() == BODY


def test_a_server_that_ignores_if_range_is_caught_by_its_etag(server: Server, part: Path) -> None:
    def careless(to: httpserver.Handler, file: httpserver.File, asked: httpserver.Asked) -> None:
        span = f"bytes 100000-{len(file.body) - 1}/{len(file.body)}"
        to.reply(206, file.body[100_000:], {"Content-Range": span, "ETag": '"new"'})

    url = server.put("/x", OTHER, breaks_after(100_000), *[says(500)] * 2, etag='"old"')
    with pytest.raises(NetworkError):
        get(Wanted(url), part)
    server.put("/x", BODY, careless, etag='"new"')
    assert get(Wanted(url), part).sha256 == HASH


def test_without_a_version_or_a_hash_nothing_is_continued(server: Server, part: Path) -> None:
    get(Wanted(server.put("/x", BODY)), part)
    part.write_bytes(b"of unknown origin")
    url = server.put("/x", BODY, etag="")
    part.with_name("x.part.json").unlink()
    assert get(Wanted(url), part).sha256 == HASH
    assert server.asked[-1].range == ""


def test_a_part_that_went_bad_is_fetched_once_more(server: Server, part: Path) -> None:
    url = server.put("/x", BODY)
    part.write_bytes(b"rotten" * 100)
    assert get(Wanted(url, HASH), part).resumed == 0
    assert [asked.range for asked in server.asked] == ["bytes=600-", ""]


def test_a_whole_part_needs_no_request(server: Server, part: Path) -> None:
    part.write_bytes(BODY)
    assert get(Wanted(server.put("/x", BODY), HASH, len(BODY)), part).resumed == len(BODY)
    assert server.asked == []


@pytest.mark.parametrize("extra", [0, 1, 5000])
def test_a_part_that_reaches_the_end_or_beyond(server: Server, part: Path, extra: int) -> None:
    part.write_bytes(BODY + b"x" * extra)
    assert get(Wanted(server.put("/x", BODY), HASH), part).sha256 == HASH
    assert part.read_bytes() == BODY


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b'{"url": 1}', b"\xff\xfe", b'{"url": "x", "etag": []}'])
def test_a_note_that_makes_no_sense_counts_as_none(server: Server, part: Path, note: bytes) -> None:
    part.write_bytes(b"something")
    part.with_name("x.part.json").write_bytes(note)
    assert get(Wanted(server.put("/x", BODY)), part).sha256 == HASH


REFUSED = {
    "hash": (Wanted("", Sha256("0" * 64)), [], IntegrityError, f"sha256 is {HASH} and should be {'0' * 64}"),
    "hash of chunks": (Wanted("", HASH), [chunked(b"no")], IntegrityError, "should be"),
    "announces less": (Wanted("", None, 300_000), [claims(200_000)], IntegrityError, "announces 200000 bytes"),
    "announces more": (Wanted("", None, 200_000), [], IntegrityError, "more bytes than the 200000"),
    "sends less": (Wanted("", None, 300_000), [chunked(b"no")], IntegrityError, "has 2 bytes and should have 300000"),
    "sends more": (Wanted("", None, 9), [endless], IntegrityError, "more bytes than the 9"),
    "limit": (Wanted("", limit=9), [], SourceError, "more than the 9 bytes"),
    "endless": (Wanted("", limit=1_000_000), [endless], SourceError, "more than the 1000000 bytes"),
    "length too small": (Wanted("", HASH), [claims(200_000)], IntegrityError, "should be"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_is_not_what_was_wanted_is_refused_and_removed(
    server: Server, part: Path, case: tuple[Wanted, list[Mood], type[GuildError], str]
) -> None:
    wanted, moods, kind, message = case
    url = server.put("/x", BODY, *moods)
    with pytest.raises(kind, match=message):
        get(Wanted(url, wanted.sha256, wanted.size, wanted.limit), part)
    assert list(part.parent.iterdir()) == []
    assert server.times("/x") == 1


def test_an_end_that_only_the_hash_shows_is_tried_again(server: Server, part: Path) -> None:
    url = server.put("/x", BODY, unframed(1000), unframed())
    assert get(Wanted(url, HASH), part).size == len(BODY)
    assert server.asked[1].range == "bytes=1000-"


def test_what_does_not_exist_leaves_nothing(server: Server, part: Path) -> None:
    with pytest.raises(Missing, match="404"):
        get(Wanted(server.root + "/none"), part)
    assert list(part.parent.iterdir()) == []


def test_the_newest_version_is_not_sent_twice(server: Server, part: Path) -> None:
    url = server.put("/x", BODY)
    assert download(Wanted(url, known=Version('"one"')), part, settings=QUICK) is None
    assert get(Wanted(url, known=Version('"zero"')), part).sha256 == HASH


def test_progress_grows_to_the_end_and_says_so_once(server: Server, part: Path) -> None:
    events: list[Event] = []
    url = server.put("/x", BODY, breaks_after(100_000))
    download(Wanted(url), part, settings=QUICK, report=events.append)
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress[-1] == Progress(url, len(BODY), len(BODY), "bytes", finished=True)
    assert [event.finished for event in progress].count(True) == 1
    assert [event.done for event in progress] == sorted(event.done for event in progress)


def test_progress_ends_after_a_failure_too(server: Server, part: Path) -> None:
    events: list[Event] = []
    with pytest.raises(SourceError):
        download(Wanted(server.root + "/none"), part, settings=QUICK, report=events.append)
    assert isinstance(events[-1], Progress)
    assert events[-1].finished


def test_a_file_url_is_copied(tmp_path: Path, part: Path) -> None:
    (tmp_path / "a b").write_bytes(BODY)
    assert get(Wanted(f"file://{tmp_path}/a%20b", HASH), part).size == len(BODY)
    with pytest.raises(SourceError, match="more than the 9 bytes"):
        get(Wanted(f"file://{tmp_path}/a%20b", limit=9), part)


def in_a_child(code: str, *args: object, **limits: int) -> subprocess.Popen[str]:
    """Run Python in a process of its own, under resource limits."""

    def confine() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=confine if limits else None)


FETCH = """
import sys
from pathlib import Path
from guildpkg.errors import GuildError
from guildpkg.system.http.download import Wanted, download
try:
    download(Wanted(sys.argv[1]), Path(sys.argv[2]))
except GuildError as error:
    print(type(error).__name__, error, "|", error.hint)
"""


def test_a_full_disk_is_said_and_the_rest_comes_later(server: Server, part: Path) -> None:
    """A limit on file sizes stands for the full disk: the system call fails midway in the same place."""
    url = server.put("/x", BODY)
    child = in_a_child(FETCH, url, part, RLIMIT_FSIZE=200_000)
    said, _ = child.communicate(timeout=30)
    assert said.startswith(f"DiskFull no room left while writing {part} | free some space")
    assert part.stat().st_size == 200_000
    assert get(Wanted(url), part).resumed == 200_000


def test_what_has_no_room_is_not_begun(server: Server, part: Path) -> None:
    with pytest.raises(DiskFull, match=f"no room for the {1 << 60} bytes"):
        get(Wanted(server.put("/x", BODY, claims(1 << 60)), limit=1 << 62), part)
    assert not part.exists()


def test_a_kill_midway_costs_only_what_was_missing(server: Server, part: Path) -> None:
    url = server.put("/x", BODY * 4, breaks_after(1_000_000, stall=60))
    child = in_a_child(FETCH, url, part)
    while not part.exists() or part.stat().st_size < 500_000:
        assert child.poll() is None
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    done = get(Wanted(url), part)
    assert server.asked[-1].range == f"bytes={done.resumed}-"
    assert done.resumed >= 500_000
    assert part.read_bytes() == BODY * 4


@pytest.mark.parametrize("seed", range(12))
def test_a_server_in_any_sequence_of_moods_gives_the_file_or_an_error(server: Server, part: Path, seed: int) -> None:
    chance = random.Random(seed)
    moods = [flaw for name in chance.sample(sorted(FLAWS), 5) for flaw in FLAWS[name] if "stalls" not in name]
    url = server.put("/x", BODY, *moods)
    for _ in range(20):
        try:
            done = download(Wanted(url), part, settings=QUICK, report=silent)
        except NetworkError:
            continue
        assert done is not None
        assert done.sha256 == HASH
        assert part.read_bytes() == BODY
        return
    pytest.fail("never came")
