"""Archives with random damage: an answer or a refusal in words, never anything else, and nothing left behind."""

from __future__ import annotations

import contextlib
import gzip
import lzma
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildpkg.archive.verify import verify_archive
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError, IntegrityError
from guildpkg.system.disk import scan
from guildpkg.system.unpack.archives import unpack
from guildpkg.system.unpack.packages import extract_package
from tests.archive.making import sample

SOUND: dict[str, Callable[[bytes], bytes]] = {"tar": bytes, "gz": gzip.compress, "xz": lzma.compress}
DAMAGE = st.lists(
    st.tuples(st.integers(0, 30_000), st.binary(min_size=1, max_size=4), st.integers(0, 600)), min_size=1, max_size=4
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return lzma.decompress(sample(tmp_path_factory.mktemp("sound")).read_bytes())


def damaged(data: bytes, damage: list[tuple[int, bytes, int]]) -> bytes:
    for place, put, drop in damage:
        at = place % len(data)
        data = data[:at] + put + data[at + max(drop - 300, 0) + len(put) :]
    return data


@given(kind=st.sampled_from(sorted(SOUND)), damage=DAMAGE)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_source_is_unpacked_or_refused(
    tmp_path: Path, plain: bytes, kind: str, damage: list[tuple[int, bytes, int]]
) -> None:
    archive, target = tmp_path / "source", tmp_path / "out"
    archive.write_bytes(damaged(SOUND[kind](plain), damage))
    try:
        unpack(archive, target, limits=Limits())
    except ArchiveError:
        assert not target.exists()
    shutil.rmtree(target, ignore_errors=True)


@given(damage=DAMAGE)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_gives_what_the_manifest_says_or_nothing(
    tmp_path: Path, plain: bytes, damage: list[tuple[int, bytes, int]]
) -> None:
    data = damaged(plain, damage)
    archive, target = tmp_path / "sample-1.pkg.tar.xz", tmp_path / "out"
    archive.write_bytes(lzma.compress(data, preset=0))
    if data == plain:
        verify_archive(archive)
        return
    # the manifest's own text is covered by nothing inside of the archive: damage there may pass
    with contextlib.suppress(ArchiveError, IntegrityError):
        verify_archive(archive)
    # damage that no file shows, of a time or an owner, keeps nobody from having the files: exactly those, or none
    try:
        manifest = extract_package(archive, target)
    except (ArchiveError, IntegrityError):
        assert not target.exists()
    else:
        found = tuple(entry for entry in scan(target) if entry.path != b".GuildPkg")
        shutil.rmtree(target)
        assert found == manifest.files


def test_a_manifest_with_another_comment_is_refused(tmp_path: Path, plain: bytes) -> None:
    """Its text is canonical, so that a change shows even where it means nothing."""
    archive = tmp_path / "sample-1.pkg.tar.xz"
    archive.write_bytes(lzma.compress(plain.replace(b"#-*-conf-*-", b"#-*-c0nf-*-", 1), preset=0))
    with pytest.raises(IntegrityError, match="the manifest is not written the way it should be"):
        verify_archive(archive)
