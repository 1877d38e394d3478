"""Contents are shared where the file system can, and never both ways."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

import pytest

from guildpkg.system.clone import clone_file


def test_what_is_written_to_the_clone_stays_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    clone_file(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    (tmp_path / "b").write_bytes(b"other")
    assert (tmp_path / "a").stat().st_size == 3_000_000


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").symlink_to("c")
    with pytest.raises(FileExistsError):
        clone_file(tmp_path / "a", tmp_path / "b")
    assert not (tmp_path / "c").exists()


def test_a_failure_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "ioctl", broken)
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(OSError, match="Input/output"):
        clone_file(tmp_path / "a", tmp_path / "b")
    assert not (tmp_path / "b").exists()
