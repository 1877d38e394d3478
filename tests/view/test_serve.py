"""The server as a process: where it listens, what it says, how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from guildpkg.pipeline.view.serve import ViewedRuns
from guildpkg.stores.runs import Runs
from guildpkg.system.disk import locked
from guildpkg.view.feed import Feed
from tests.support.guild import guild
from tests.support.records import put_run
from tests.view.worlds import viewing


def test_an_interval_that_is_no_number_is_refused(tmp_path: Path) -> None:
    """With it the page was never told of a change."""
    assert (
        "nan is no number" in guild("view", "--no-open", "--port", "0", "--interval", "nan", cwd=tmp_path).failed(2).err
    )


def test_a_port_that_is_taken_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = guild("view", "--no-open", "--port", str(port), cwd=tmp_path).failed()
    assert said.steps[0] == f"guild: port {port} is being used by another application"
    assert "--port" in said.steps[1]


def test_the_old_option_is_refused_with_both_new_ones(tmp_path: Path) -> None:
    for words in (["-n"], ["-n", "5"]):
        said = guild("view", *words, cwd=tmp_path).failed(2)
        assert "--interval" in said.err
        assert "--no-open" in said.err


def test_a_host_that_is_not_this_machine_is_refused(tmp_path: Path) -> None:
    assert "192.0.2.1" in guild("view", "--host", "192.0.2.1", "--port", "0", cwd=tmp_path).failed().err
    assert "host to listen on is empty" in guild("view", "--host", "", "--port", "0", cwd=tmp_path).failed().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_two_seconds_with_pages_open(tmp_path: Path, number: signal.Signals) -> None:
    put_run(tmp_path / "home", 1)
    with (
        viewing(tmp_path, tmp_path / "home") as view,
        httpx.stream("GET", f"{view.url}/api/events", timeout=10) as events,
        httpx.stream("GET", f"{view.url}/api/events", timeout=10) as others,
    ):
        assert next(events.iter_lines()) == "event: hello"
        assert next(others.iter_lines()) == "event: hello"
        begun = time.monotonic()
        view.process.send_signal(number)
        assert view.process.wait(10) == 0
        assert time.monotonic() - begun < 2.0


def test_a_run_that_changes_is_told_to_open_pages(tmp_path: Path) -> None:
    run = put_run(tmp_path / "home", 1)
    with viewing(tmp_path, tmp_path / "home") as view:
        with httpx.stream("GET", f"{view.url}/api/events?run={run.record().id}", timeout=20) as events:
            lines = events.iter_lines()
            assert next(line for line in lines if line.startswith("event: run"))
            time.sleep(0.3)
            put_run(tmp_path / "home", 2, label="new")
            told = next(line for line in lines if line.startswith('data: {"changed"'))
            assert '"label": "new"' in told
            (run.path / "output").write_bytes(b"x")
            assert next(line for line in lines if '"output"' in line)
        assert view.stop() == 0


def test_it_ends_although_a_request_cannot_be_interrupted(tmp_path: Path) -> None:
    """A label that waits for the lock of its run keeps a thread at work for minutes."""
    run = put_run(tmp_path / "home", 1)
    with viewing(tmp_path, tmp_path / "home") as view, locked(run.path), ThreadPoolExecutor(1) as pool:
        headers = {"Origin": view.url.rstrip("/"), "X-Guild-Token": httpx.get(f"{view.url}/api/config").json()["token"]}
        address = f"{view.url}/api/runs/{run.record().id}/label"
        answer = pool.submit(httpx.post, address, json={"label": "x"}, headers=headers, timeout=60)
        with pytest.raises(TimeoutError):
            answer.result(0.5)
        assert view.stop() == 0


def test_a_slow_filter_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_run(tmp_path, 1)
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> list[object]:
        begun.set()
        assert go_on.wait(60)
        return []

    monkeypatch.setattr("guildpkg.pipeline.runs.chosen.filtered", slow)
    data = ViewedRuns(Runs(tmp_path))
    with ThreadPoolExecutor(2) as pool:
        try:
            filtered = pool.submit(data.runs, "label = x", trashed=False)
            assert begun.wait(60)
            assert len(pool.submit(data.runs, "", trashed=False).result(10)) == 1
        finally:
            go_on.set()
        assert filtered.result() == []


def test_a_page_that_goes_away_leaves_nothing_waiting(tmp_path: Path) -> None:
    async def listen_and_leave() -> list[str]:
        feed = Feed(ViewedRuns(Runs(tmp_path)), 60.0)
        stream = feed.changes()
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0)
        return [told for told in map(str, asyncio.all_tasks()) if "Queue.get" in told]

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, listen_and_leave()).result() == []
