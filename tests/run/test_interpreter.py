"""What an interpreter has is asked for once, and again when something has changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from guildpkg.run.interpreter import packages_of


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Make an interpreter that has one folder of packages, and counts how often it is asked."""
    folder = tmp_path / "env" / "lib" / "site-packages"
    (folder / "Some_Thing-1.2.dist-info").mkdir(parents=True)
    (folder / "more.pth").write_text("")
    program = tmp_path / "env" / "bin" / "python"
    program.parent.mkdir()
    program.write_text(f"""#!/bin/sh\necho asked >> {tmp_path}/asked\necho '["3.99.1", ["{folder}"]]'\n""")
    program.chmod(0o755)
    long_ago = time.time() - 100
    for path in (program, folder / "more.pth", folder):
        os.utime(path, (long_ago, long_ago))
    return program


def asked(tmp_path: Path) -> int:
    return (tmp_path / "asked").read_text().count("asked")


def test_it_is_asked_once_and_its_packages_are_looked_up_each_time(tmp_path: Path, python: Path) -> None:
    first = packages_of(str(python), {}, tmp_path / "cache")
    assert first == {"python": "3.99.1", "packages": {"some-thing": "1.2"}}
    own = tmp_path / "own"
    (own / "some_thing-9.dist-info").mkdir(parents=True)
    again = packages_of(str(python), {"PYTHONPATH": str(own)}, tmp_path / "cache")
    assert (again["packages"], asked(tmp_path)) == ({"some-thing": "9"}, 1)


@pytest.mark.parametrize("what", ["bin/python", "lib/site-packages", "lib/site-packages/more.pth", "pyvenv.cfg"])
def test_it_is_asked_again_when_something_changes_that_decides(tmp_path: Path, python: Path, what: str) -> None:
    packages_of(str(python), {}, tmp_path / "cache")
    place = tmp_path / "env" / what
    if not place.exists():
        place.write_text("")
    os.utime(place)
    assert packages_of(str(python), {}, tmp_path / "cache")["python"] == "3.99.1"
    assert asked(tmp_path) == 2


@pytest.mark.parametrize("content", [b"", b"[]", b'{"seen": {}}', b"\xff"])
def test_a_damaged_answer_is_asked_for_again(tmp_path: Path, python: Path, content: bytes) -> None:
    packages_of(str(python), {}, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(content)
    assert packages_of(str(python), {}, tmp_path / "cache")["packages"] == {"some-thing": "1.2"}


def test_another_home_is_another_question(tmp_path: Path, python: Path) -> None:
    packages_of(str(python), {}, tmp_path / "cache")
    packages_of(str(python), {"HOME": str(tmp_path)}, tmp_path / "cache")
    assert asked(tmp_path) == 2
