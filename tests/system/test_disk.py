"""Writing beside and renaming, locks, paths that come from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.digests import tree_digest
from guildpkg.errors import ArchiveError, Busy, GuildError
from guildpkg.system.disk import inside, locked, remove, replacing, room_for, scan, sweep, write_atomically
from guildpkg.system.trees import copy_tree


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_atomically(target, b"old")
    write_atomically(target, b"new", mode=0o755)
    assert (target.read_bytes(), target.stat().st_mode & 0o777, os.listdir(tmp_path)) == (b"new", 0o755, ["file"])


def test_an_error_while_writing_leaves_the_old_content_alone(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert (target.read_bytes(), os.listdir(tmp_path)) == (b"old", ["file"])


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from guildpkg.system.disk import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_the_old_content_and_sweep_removes_the_rest(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, target], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"old"
    assert len(os.listdir(tmp_path)) == 2
    sweep(tmp_path, "file")
    assert os.listdir(tmp_path) == ["file"]


HOLDS_THE_LOCK = """
import sys, time
from pathlib import Path
from guildpkg.system.disk import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_keeps_other_processes_out_and_dies_with_its_holder(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS_THE_LOCK, tmp_path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        told: list[float] = []
        with (
            pytest.raises(Busy, match="in use by another guild process"),
            locked(tmp_path, wait=0.2, waiting=lambda: told.append(time.time())),
        ):
            pass
        assert len(told) == 1
        holder.kill()
    with locked(tmp_path, wait=0.2):
        pass


@pytest.mark.parametrize("path", [b"", b"/etc/passwd", b"../x", b"a/../../x", b"a\0b", b".", b"./"])
def test_a_path_that_leaves_its_folder_is_refused(tmp_path: Path, path: bytes) -> None:
    with pytest.raises(ArchiveError):
        inside(tmp_path, path)


def test_a_path_through_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/")
    with pytest.raises(ArchiveError, match="passes through 'out'"):
        inside(tmp_path, b"out/etc/passwd")


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_joined_path_never_leaves_the_root(parts: list[bytes]) -> None:
    """Whatever the parts are: refused, or below the root after resolving."""
    root = Path("/nowhere/root")
    try:
        place = inside(root, b"/".join(parts))
    except (ArchiveError, OSError):
        return
    assert os.path.normpath(place).startswith(str(root) + "/")


def test_a_copied_tree_has_the_same_list(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    (origin / "sub" / "empty").mkdir(parents=True)
    (origin / "sub" / "run").write_bytes(b"#!/bin/sh\n")
    (origin / "sub" / "run").chmod(0o700)
    (origin / "link").symlink_to("sub/run")
    copy_tree(origin, tmp_path / "copy")
    assert scan(tmp_path / "copy") == scan(origin)
    assert [entry.path for entry in scan(origin)] == [b"link", b"sub/empty", b"sub/run"]
    assert tree_digest(scan(origin)) == tree_digest(scan(tmp_path / "copy"))


def test_a_tree_of_read_only_folders_can_be_removed(tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"")
    for folder in (deep, deep.parent, tmp_path / "tree"):
        folder.chmod(0o500)
    remove(tmp_path / "tree")
    assert os.listdir(tmp_path) == []


def test_a_tree_that_several_remove_at_once_is_gone_for_all_of_them(tmp_path: Path) -> None:
    for number in range(20):
        tree = tmp_path / str(number)
        for name in "abc":
            (tree / name / "d").mkdir(parents=True)
            (tree / name / "d/file").touch()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(remove, [tree] * 4))
        assert not tree.exists()


def test_a_socket_is_no_part_of_a_tree(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveError, match="neither a file"):
        scan(tmp_path)
    told: list[bytes] = []
    assert (scan(tmp_path, told.append), told) == ((), [os.fsencode(tmp_path / "pipe")])


def test_what_fails_elsewhere_while_a_place_is_written_is_not_said_of_that_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    new = tmp_path / "file" / "new"
    with pytest.raises(GuildError, match=r"new cannot be written: Not a directory"), room_for(new):
        new.touch()
    with pytest.raises(NotADirectoryError), room_for(tmp_path / "elsewhere" / "new"):
        new.touch()
