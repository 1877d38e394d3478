"""A file in its place, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.errors import ArchiveError
from guildpkg.system.place import Way, place_file, sweep_parts


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    (tmp_path / "origin").write_text("text")
    (tmp_path / "origin").chmod(0o744)
    (tmp_path / "root").mkdir()
    return tmp_path / "origin"


@pytest.mark.parametrize("way", ["copy", "sealed", "move"])
@pytest.mark.parametrize(("writable", "mode"), [(False, 0o555), (True, 0o755)])
def test_modes_follow_from_what_it_is_for(origin: Path, way: Way, writable: bool, mode: int) -> None:
    place = place_file(origin, origin.parent / "root", "a/b", way=way, writable=writable, durable=True)
    assert (place.read_text(), place.stat().st_mode & 0o777) == ("text", mode)
    assert origin.exists() == (way != "move")


@pytest.mark.parametrize("path", ["../b", "/b", "link/b", "file/b", ""])
def test_no_path_leads_out(origin: Path, path: str) -> None:
    root = origin.parent / "root"
    (root / "link").symlink_to("/")
    (root / "file").touch()
    with pytest.raises(ArchiveError):
        place_file(origin, root, path, way="copy")


def test_what_is_there_stays(origin: Path) -> None:
    root = origin.parent / "root"
    (root / "a").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        place_file(origin, root, "a", way="copy")
    assert [path.name for path in root.iterdir()] == ["a"]


def test_what_a_killed_writer_left_is_removed(origin: Path) -> None:
    root, name = origin.parent / "root", "ä" * 120
    for left in (".a.01234567.tmp", f".{'ä' * 100}.01234567.tmp", ".other.01234567.tmp"):
        (root / left).touch()
    sweep_parts(root, ["a", name, "deep/a"])
    assert [path.name for path in root.iterdir()] == [".other.01234567.tmp"]
    assert place_file(origin, root, name, way="copy").exists()
