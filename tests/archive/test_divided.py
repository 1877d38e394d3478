"""Packages that several processes extract at once; they are forked, so all of it runs where no threads are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """What went wrong, by part."""
    command = [sys.executable, "-m", "tests.archive.dividing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.stderr
    return {item["part"]: item["wrong"] for item in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("equal", id="what several extract is what one extracts"),
        pytest.param("faults", id="whatever is wrong is refused in the words of one"),
        pytest.param("killed_worker", id="when one of several is killed, one begins again"),
        pytest.param("interrupted", id="ctrl-c leaves neither files nor processes"),
        pytest.param("killed_parent", id="those whose parent is killed end at once"),
        pytest.param("full_disk", id="a full disk is told of, and nothing is left"),
    ],
)
def test_several_processes_are_as_good_as_one(found: dict[str, list[str]], part: str) -> None:
    assert found[part] == []
