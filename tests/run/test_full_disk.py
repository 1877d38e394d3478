"""No room at any moment of a run: it is said, the script goes on, and the status is right."""

from __future__ import annotations

from pathlib import Path

from guildpkg.errors import DiskFull
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_repair import repair, troubles
from tests.support.disks import fill, small_disk
from tests.support.runs import run_here

__all__ = ["small_disk"]
CODE = "import os\nos.write(1, b'x' * 50_000)\nraise SystemExit(3)"


def test_a_disk_that_is_full_at_any_point_costs_no_status(small_disk: Path) -> None:
    """From no room at all up to enough: the run is refused, or its end is recorded."""
    said = set()
    for number, room in enumerate(range(0, 120_000, 8_000)):
        home = small_disk / f"home{number}"
        fill(small_disk, room)
        try:
            ended, run, heard = run_here(home, CODE)
            said |= set(heard.warnings)
            assert (str(ended.status), len(heard.output("stdout"))) == ("error (3)", 50_000)
            assert str(run.status(0)) == "error (3)" or "could not be recorded" in "".join(heard.warnings), room
        except DiskFull as error:
            said.add(str(error).partition(" while")[0])
            assert {str(run.status(0)) for run in Runs(home).all()} <= {"error (not started)"}
        (small_disk / "filler").unlink()
        assert repair(Runs(home)).left == ()
        assert list(troubles(Runs(home))) == []
    assert "no room left" in said
    assert "the output is shown but no longer recorded: No space left on device" in said


def test_a_run_that_ends_on_a_full_disk_is_recorded(small_disk: Path) -> None:
    """The script fills the disk itself; the room for its end was set aside before."""
    code = "f = open('data', 'wb', 0)\ntry:\n  while True: f.write(bytes(65536))\nexcept OSError as e: print(e)"
    ended, run, _ = run_here(small_disk / "home", code)
    assert (str(ended.status), str(run.status(0))) == ("completed", "completed")
