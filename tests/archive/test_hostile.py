"""Hostile archives: every attack is refused with its own words, and leaves nothing behind, inside or out."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from guildpkg.archive.verify import verify_archive
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError, IntegrityError
from guildpkg.system.unpack.archives import unpack
from guildpkg.system.unpack.packages import extract_package
from tests.archive.hostile import HOSTILE, Hostile
from tests.archive.making import ended, hand_made_package, member, snapshot

CASES = pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.id)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Give a folder that an attack may want to reach, beside the one that is unpacked into."""
    folder = tmp_path / "outside"
    (folder / "target").mkdir(parents=True)
    (folder / "secret").write_bytes(b"secret")
    (tmp_path / "inside").mkdir()
    return folder


def test_there_are_thirty_of_them_and_more() -> None:
    assert len({hostile.id for hostile in HOSTILE}) == len(HOSTILE) >= 30


@CASES
def test_a_hostile_source_is_refused_or_tamed(hostile: Hostile, outside: Path, tmp_path: Path) -> None:
    archive = tmp_path / "source.tar.gz"
    archive.write_bytes(gzip.compress(ended(member(b"./", kind=b"5") + hostile.parts(bytes(outside)))))
    before = snapshot(tmp_path)
    if hostile.as_source:
        with pytest.raises(ArchiveError, match=hostile.as_source):
            unpack(archive, tmp_path / "inside", limits=Limits())
        assert snapshot(tmp_path) == before
    else:
        unpack(archive, tmp_path / "inside", limits=Limits())
        assert (tmp_path / "inside/a").stat().st_mode & 0o7777 in (0o644, 0o755)
        (tmp_path / "inside/a").unlink()
        assert snapshot(tmp_path) == before


@CASES
def test_a_hostile_package_is_refused(hostile: Hostile, outside: Path, tmp_path: Path) -> None:
    archive = tmp_path / "sample-1.pkg.tar.xz"
    hand_made_package(archive, hostile.lines(bytes(outside)), hostile.parts(bytes(outside)))
    before = snapshot(tmp_path)
    with pytest.raises((ArchiveError, IntegrityError), match=hostile.as_package) as caught:
        extract_package(archive, tmp_path / "inside")
    assert "sample-1.pkg.tar.xz" in str(caught.value)
    assert snapshot(tmp_path) == before


@CASES
def test_a_hostile_package_is_not_verified(hostile: Hostile, outside: Path, tmp_path: Path) -> None:
    archive = tmp_path / "sample-1.pkg.tar.xz"
    hand_made_package(archive, hostile.lines(bytes(outside)), hostile.parts(bytes(outside)))
    with pytest.raises((ArchiveError, IntegrityError), match=r"sample-1\.pkg\.tar\.xz"):
        verify_archive(archive)
