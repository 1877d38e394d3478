"""The server as a process: where it listens, what it says, how it ends."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.support.guild import guild
from tests.support.records import put_run
from tests.view.worlds import viewing


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
