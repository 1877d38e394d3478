"""A place and a web server for the tests of resources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resources.worlds import Place
from tests.support.httpserver import Server, serving


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project, a home and the folder of a run, all empty."""
    return Place(tmp_path)


@pytest.fixture
def web() -> Iterator[Server]:
    """A web server on loopback."""
    with serving() as server:
        yield server
