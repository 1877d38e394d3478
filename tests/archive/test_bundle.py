"""The recipe inside the manifest: a tar that depends on nothing but the files."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.archive.bundle import LINK, canonical_tar, read_canonical_tar
from guildpkg.errors import ArchiveError
from tests.archive.making import ended, member

PATHS = st.from_regex(rb"[a-z\xe9 ]{1,60}(/[a-z.]{2,80}x){0,2}", fullmatch=True)
FILES = st.dictionaries(PATHS, st.tuples(st.sampled_from([0o644, 0o755]), st.binary(max_size=2000)), max_size=6)


@given(FILES)
def test_what_is_bundled_comes_back(files: dict[bytes, tuple[int, bytes]]) -> None:
    assert read_canonical_tar(canonical_tar(files), name="x") == files


@given(FILES)
def test_the_order_does_not_matter(files: dict[bytes, tuple[int, bytes]]) -> None:
    assert canonical_tar(dict(reversed(files.items()))) == canonical_tar(files)


def test_python_reads_it() -> None:
    data = canonical_tar({b"packager": (0o755, b"#!/bin/bash\n"), b"GuildPkg": (0o644, b"[package]\n")})
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert [(m.name, m.mode, m.mtime, m.size) for m in tar] == [
            ("GuildPkg", 0o644, 0, 10),
            ("packager", 0o755, 0, 12),
        ]


def test_links_come_back_as_links() -> None:
    files = {b"data/a": (0o644, b"a"), b"data/b": (LINK, b"a"), b"data/c": (LINK, b"x" * 120)}
    assert read_canonical_tar(canonical_tar(files), name="x") == files


def test_nothing_is_no_files() -> None:
    assert read_canonical_tar(b"", name="x") == {}


@pytest.mark.parametrize(
    ("path", "mode", "message"),
    [(b"../a", 0o644, "leads out"), (b"", 0o644, "empty"), (b"a", 0o777, "mode 0777")],
)
def test_bad_files_are_not_bundled(path: bytes, mode: int, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        canonical_tar({path: (mode, b"")})


@pytest.mark.parametrize("target", [b"../out", b"/etc/passwd"])
def test_links_that_leave_are_not_bundled(target: bytes) -> None:
    with pytest.raises(ArchiveError, match="leads out of the recipe"):
        canonical_tar({b"a": (LINK, target)})


SOUND = canonical_tar({b"a": (0o644, b"a")})


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 1024,
        SOUND[:600],
        SOUND + bytes(10240),
        ended(member(b"a", b"a", mtime=5)),
        ended(member(b"b", b"b", mtime=0) + member(b"a", b"a", mtime=0)),
        ended(member(b"../a", b"a", mtime=0)),
        ended(member(b"a", kind=b"2", target=b"/etc", mtime=0)),
        ended(member(b"a", b"a", mode=0o4755, mtime=0)),
    ],
    ids=["junk", "cut", "longer", "time", "order", "climbing", "link", "set-id"],
)
def test_any_other_tar_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        read_canonical_tar(data, name="sample-1.pkg.tar.xz")
