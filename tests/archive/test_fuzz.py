"""Archives with random damage: an answer or a refusal in words, never anything else, and nothing left behind."""

from __future__ import annotations

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
from guildpkg.system.unpack import extract_package, unpack
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
def test_a_damaged_tar_is_no_package(tmp_path: Path, plain: bytes, damage: list[tuple[int, bytes, int]]) -> None:
    data = damaged(plain, damage)
    archive, target = tmp_path / "sample-1.pkg.tar.xz", tmp_path / "out"
    archive.write_bytes(lzma.compress(data, preset=0))
    if data == plain:
        verify_archive(archive)
        return
    with pytest.raises((ArchiveError, IntegrityError)):
        verify_archive(archive)
    with pytest.raises((ArchiveError, IntegrityError)):
        extract_package(archive, target)
    assert not target.exists()
