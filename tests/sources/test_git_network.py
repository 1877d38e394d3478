"""Git sources over a network that misbehaves: what is tried again, what is not, and what is said."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.core.events import Progress, Step, Warn
from guildpkg.errors import NetworkError, SourceError
from tests.support.gitworld import TREE, World, below, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 503}, {"status": 429}, {"cut": 0}, {"cut": 200}, {"stall": 30.0}], ids=str
)
def test_a_passing_failure_is_tried_again(here: World, fault: dict[str, int]) -> None:
    """One bad answer, and the fetch still succeeds; what was wrong is told."""
    for name, value in fault.items():
        setattr(here.server, name, value)
    here.server.faults = 1
    assert here.laid(here.get("/tree/v1/a/b")) == below(TREE, "a/b")
    assert "did not answer as it should" in here.said(Warn)
    assert "trying again in 0.05 s" in here.said(Warn)


@pytest.mark.parametrize("fault", [{"status": 502}, {"cut": 100}, {"stall": 30.0}], ids=str)
def test_a_lasting_failure_is_given_up(here: World, fault: dict[str, int]) -> None:
    """After all attempts, in seconds: an error that names the server and the way out."""
    for name, value in fault.items():
        setattr(here.server, name, value)
    began = time.monotonic()
    with pytest.raises(NetworkError, match=r"up\.git did not answer as it should") as failure:
        here.get("/tree/v1/a/b")
    assert "--source NAME=URL" in failure.value.hint
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("status", "message"),
    [(404, "there is no git repository at"), (401, "without credentials"), (403, "without credentials")],
)
def test_an_answer_that_will_not_change_is_not_asked_for_again(here: World, status: int, message: str) -> None:
    """Nor is anybody asked for a password."""
    here.server.status = status
    with pytest.raises(SourceError, match=message) as failure:
        here.get("/tree/v1/a/b")
    assert not isinstance(failure.value, NetworkError)
    assert failure.value.hint
    assert len(here.server.requests) == 1


def test_a_server_that_is_not_there(here: World) -> None:
    with pytest.raises(NetworkError, match="did not answer as it should"):
        here.get("http://127.0.0.1:9/org/up/tree/v1/a/b")
    assert here.said(Step) == "Downloading http://127.0.0.1:9/org/up.git"


def test_a_server_of_plain_files(here: World) -> None:
    """A copy on a web server that knows nothing of git."""
    here.up.git("update-server-info")
    here.server.plain = True
    with pytest.raises(SourceError, match="only serves the files of a repository"):
        here.get("/tree/v1/a/b")


def test_a_long_download_tells_how_far_it_is(here: World) -> None:
    """Bytes so far, never fewer than before, and an end."""
    here.up.commit({f"d/{n}": random.Random(n).randbytes(150_000) for n in range(10)})
    here.server.pace = 0.06
    here.get("/tree/main/d")
    told = [event for event in here.events if isinstance(event, Progress)]
    assert len(told) > 2
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert told[-1].done > 1_400_000
    assert [event.finished for event in told] == [False] * (len(told) - 1) + [True]
    assert {event.task for event in told} == {f"Downloading {here.pages}.git"}
