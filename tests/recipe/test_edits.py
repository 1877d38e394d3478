"""Whose change is it: a person's, or a build's that did not end?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guildpkg.recipe.edits import mark_running, record, unsaved_edits
from guildpkg.recipe.state import STATE


@pytest.fixture
def world(tmp_path: Path) -> tuple[Path, Path]:
    """A ``src/`` as a build left it, and its logs."""
    src = tmp_path / "src"
    (src / "sub").mkdir(parents=True)
    (src / "sub" / "kept.py").write_text("a = 1\n")
    (src / "edited.py").write_text("b = 2\n")
    record(src, tmp_path / "logs")
    return src, tmp_path / "logs"


def wait_for_the_next_tick(folder: Path) -> None:
    """Wait until a file that changes now has a later time than one that changed before."""
    probe = folder / "tick"
    probe.write_text("")
    begun = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == begun:
        probe.write_text("")
    probe.unlink()


def test_an_untouched_tree_has_no_edits(world: tuple[Path, Path]) -> None:
    assert unsaved_edits(*world) == []


def test_changed_added_and_removed_files_are_edits(world: tuple[Path, Path]) -> None:
    src, logs = world
    (src / "edited.py").write_text("b = 3\n")
    (src / "new.py").write_text("")
    (src / "sub" / "kept.py").unlink()
    assert unsaved_edits(src, logs) == ["edited.py", "new.py", "sub/kept.py"]


def test_a_touched_file_with_the_same_content_is_no_edit(world: tuple[Path, Path]) -> None:
    src, logs = world
    os.utime(src / "edited.py", (1, 1))
    assert unsaved_edits(src, logs) == []


def test_a_mode_is_an_edit(world: tuple[Path, Path]) -> None:
    src, logs = world
    (src / "edited.py").chmod(0o755)
    assert unsaved_edits(src, logs) == ["edited.py"]


def test_the_caches_of_python_are_nobodys_edits(world: tuple[Path, Path]) -> None:
    src, logs = world
    (src / "__pycache__").mkdir()
    (src / "__pycache__" / "edited.cpython-311.pyc").write_bytes(b"")
    assert unsaved_edits(src, logs) == []


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"schema": 99}', b'{"schema": 1, "files": 3}'])
def test_without_a_sound_record_every_file_may_be_somebodys_work(world: tuple[Path, Path], damage: bytes) -> None:
    src, logs = world
    (logs / STATE).write_bytes(damage)
    assert unsaved_edits(src, logs) == ["edited.py", "sub/kept.py"]


def test_after_a_kill_what_the_hooks_changed_is_no_edit(world: tuple[Path, Path]) -> None:
    src, logs = world
    mark_running(logs)
    (src / "built.o").write_bytes(b"")
    os.utime(logs / STATE)  # as the watcher of the hook does when nothing of it runs any more
    assert unsaved_edits(src, logs) == []


def test_after_a_kill_what_changed_later_than_the_last_beat_is_an_edit(world: tuple[Path, Path]) -> None:
    src, logs = world
    mark_running(logs)
    wait_for_the_next_tick(src.parent)
    (src / "edited.py").write_text("b = 3\n")
    assert unsaved_edits(src, logs) == ["edited.py"]


def test_edits_that_were_built_with_stay_edits(world: tuple[Path, Path]) -> None:
    src, logs = world
    (src / "edited.py").write_text("b = 3\n")
    (src / "new.py").write_text("")
    mark_running(logs, edited=["edited.py", "new.py"])
    (src / "built.o").write_bytes(b"")
    os.utime(logs / STATE)
    assert unsaved_edits(src, logs) == ["edited.py", "new.py"]
    record(src, logs, edited=["edited.py", "new.py"])
    assert unsaved_edits(src, logs) == ["edited.py", "new.py"]
