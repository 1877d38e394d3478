"""What a run left: its output in parts, its files without a way out, its bytes as text."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from guildpkg.core.runs.output import pack
from guildpkg.core.view_data import Sought
from guildpkg.pipeline.view.output import search_output
from guildpkg.pipeline.view.serve import ViewedRuns
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.view.awaited import while_awaited
from tests.support.records import put_run
from tests.view.worlds import client_of


def ask(home: Path, run: Run, path: str) -> Any:
    got = client_of(home).get(f"/api/runs/{run.record().id}/{path}".rstrip("/"))
    return got.json() if got.status_code == 200 else got.status_code


def text_of(part: dict[str, Any]) -> str:
    return "".join(text for _, _, text in part["chunks"])


def test_parts_of_the_output_meet_at_lines_and_make_the_whole(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    whole = "".join(f"line {number} äöü \U0001d518\n" for number in range(500))
    (run.path / "output").write_text(whole)
    at, found = 0, ""
    while (part := ask(tmp_path, run, f"output?after={at}&limit=1000"))["end"] > at:
        assert text_of(part).endswith("\n")
        found += text_of(part)
        at = part["end"]
    assert found == whole
    last = ask(tmp_path, run, "output?limit=1000")
    assert whole.endswith(text_of(last))
    assert text_of(last).startswith("line ")
    before = ask(tmp_path, run, f"output?before={last['start']}&limit=1000")
    assert whole.endswith(text_of(before) + text_of(last))


def test_a_character_that_is_half_there_waits_for_the_rest(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1, code=None)
    (run.path / "output").write_bytes("now ä".encode()[:-1])
    part = ask(tmp_path, run, "output?after=0")
    assert (text_of(part), part["end"], part["size"], part["over"]) == ("now ", 4, 5, False)


def test_streams_and_times_are_told_apart(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    (run.path / "output").write_bytes(b"one\ntwo\nthree\n")
    records = pack(10**9, 0, "stdout"), pack(2 * 10**9, 4, "stderr"), pack(4 * 10**9, 8, "stdout")
    (run.path / "output.index").write_bytes(b"".join(records))
    assert ask(tmp_path, run, "output")["chunks"] == [
        ["stdout", 1000, "one\n"],
        ["stderr", 2000, "two\n"],
        ["stdout", 4000, "three\n"],
    ]
    assert ask(tmp_path, run, "output?after=4&before=8")["chunks"] == [["stderr", 2000, "two\n"]]


def test_an_operation_that_went_into_a_run_is_told_of_with_its_output(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    inside = put_run(run.path, 2, operation="m:evaluate", code=3)
    (inside.path / "output").write_bytes(b"accuracy: 0.5\n")
    (told,) = ask(tmp_path, run, "")["operations"]
    assert (told["operation"], told["status"], told["name"]) == ("m:evaluate", "error", inside.path.name)
    of = f"of={inside.path.name}"
    assert text_of(ask(tmp_path, run, f"output?{of}")) == "accuracy: 0.5\n"
    assert [hit["text"] for hit in ask(tmp_path, run, f"search?text=ACC&{of}")["found"]] == ["accuracy: 0.5"]
    assert [ask(tmp_path, run, f"output?of={name}") for name in (run.path.name, "..")] == [404, 400]
    address = f"/api/runs/{run.record().id}/raw-output?of="
    assert client_of(tmp_path).get(address + inside.path.name).content == b"accuracy: 0.5\n"
    assert client_of(tmp_path).get(f"{address}../{run.path.name}").status_code == 400


def test_of_a_hundred_megabytes_only_the_part_is_read_and_all_is_searched(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    with (run.path / "output").open("wb") as file:
        file.write(b"first\n")
        file.seek(100_000_000)
        file.write(b"\nNeedle in the hay\nlast\n")
    assert text_of(ask(tmp_path, run, "output?limit=30")).endswith("Needle in the hay\nlast\n")
    found = ask(tmp_path, run, "search?text=needle")
    assert [(hit["start"], hit["text"]) for hit in found["found"]] == [(100_000_001, "Needle in the hay")]
    assert found["next"] is None


def test_a_search_goes_on_where_it_stopped(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    (run.path / "output").write_text("".join(f"hit {number} hit\n" for number in range(450)))
    at: int | None = 0
    found: list[str] = []
    while at is not None:
        part = ask(tmp_path, run, f"search?text=hit&start={at}")
        found += [hit["text"] for hit in part["found"]]
        at = part["next"]
    assert found == [f"hit {number} hit" for number in range(450)]


def test_a_search_ends_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    with (run.path / "output").open("wb") as file:
        file.truncate(100 << 20)
    asked: list[str] = []

    def gone() -> bool:
        asked.append("still there?")
        return len(asked) == 3

    assert search_output(run, Sought("needle", gone=gone)) == {"found": [], "next": 2 << 20}


def test_whoever_leaves_is_worked_for_no_more() -> None:
    ended = threading.Event()

    def work(gone: Callable[[], bool]) -> None:
        while not gone():
            time.sleep(0.01)
        ended.set()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, while_awaited(Request({"type": "http"}, receive), work)).result(20)
    assert ended.is_set()


@pytest.mark.parametrize(
    "path",
    [
        "../run.json",
        "/etc/passwd",
        "link",
        "linked/passwd",
        "a/../../run.json",
        "pipe",
        "a",
        "",
        ".",
        "gone",
        "x" * 300,
    ],
)
def test_nothing_but_plain_files_below_the_run_is_served(tmp_path: Path, path: str) -> None:
    run = put_run(tmp_path, 1)
    (run.files / "a").mkdir()
    (run.files / "link").symlink_to("/etc/passwd")
    (run.files / "linked").symlink_to("/etc")
    os.mkfifo(run.files / "pipe")
    assert ask(tmp_path, run, f"file?path={path}") in (404, 409)


def test_a_link_in_the_place_of_a_record_tells_nothing_of_what_it_leads_to(tmp_path: Path) -> None:
    run, other = put_run(tmp_path / "home", 1), put_run(tmp_path / "other", 2, operation="m:evaluate")
    (tmp_path / "secret").write_text('{"system": {"secret": "yes"}}')
    (other.files / "events.out.tfevents.1.host").write_bytes(b"secret")
    run.files.rmdir()
    for name in ("attrs.json", "output", "stats", "notes.json"):
        (run.path / name).unlink(missing_ok=True)
    view = ViewedRuns(Runs(tmp_path / "home"))
    plain = view.marks(run.record().id)
    for name in ("attrs.json", "output", "stats"):
        (run.path / name).symlink_to(tmp_path / "secret")
    run.files.symlink_to(other.files)
    (run.path / "runs").symlink_to(tmp_path / "other" / "runs")
    told = ask(tmp_path / "home", run, "")
    assert (told["system"], told["operations"]) == ({}, [])
    assert view.marks(run.record().id) == plain


def test_a_folder_lists_links_with_their_targets_and_odd_names_as_text(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    (run.files / "sub").mkdir()
    (run.files / "link").symlink_to("/etc/passwd")
    odd = os.fsencode(run.files) + b"/\xff<b>%2f"
    Path(os.fsdecode(odd)).write_bytes(b"odd")
    entries = ask(tmp_path, run, "folder")["entries"]
    assert [(entry["name"], entry["kind"]) for entry in entries] == [
        ("sub", "folder"),
        ("link", "link"),
        ("\\xff<b>%2f", "file"),
    ]
    assert entries[1]["target"] == "/etc/passwd"
    got = client_of(tmp_path).get(f"/api/runs/{run.record().id}/file?path={entries[2]['path']}")
    assert got.content == b"odd"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/plain"),
        ("a.svg", "text/plain"),
        ("a.js", "text/plain"),
        ("a.PNG", "image/png"),
        ("a", "text/plain"),
    ],
)
def test_a_file_is_never_a_page_of_its_own(tmp_path: Path, name: str, kind: str) -> None:
    run = put_run(tmp_path, 1)
    (run.files / name).write_text("<script>alert(1)</script>")
    got = client_of(tmp_path).get(f"/api/runs/{run.record().id}/file?path={name}")
    assert got.headers["Content-Type"].partition(";")[0] == kind
    assert "sandbox" in got.headers["Content-Security-Policy"]
    kept = client_of(tmp_path).get(f"/api/runs/{run.record().id}/file?path={name}&download=yes")
    assert kept.headers["Content-Disposition"].startswith("attachment")


def test_a_range_of_a_file(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    (run.files / "big").write_bytes(bytes(range(256)) * 1000)
    got = client_of(tmp_path).get(f"/api/runs/{run.record().id}/file?path=big&start=257&limit=3")
    assert (got.content, got.headers["X-File-Size"]) == (b"\x01\x02\x03", "256000")
