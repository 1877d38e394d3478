"""Archives as resources: unpacked into a folder of our own first, and nothing hostile gets any further."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace

import pytest

from guildpkg.core.sources import Limits
from guildpkg.errors import DependencyError
from guildpkg.resources.resolve import resolve
from guildpkg.stores.downloads import scratch_folder
from tests.archive.hostile import HOSTILE, Hostile
from tests.archive.making import ended
from tests.resources.worlds import Place
from tests.support.archives import tar_of, zip_of
from tests.support.httpserver import Server

FILES = {"d/a.csv": "a", "d/b.csv": "b", "c.txt": "c"}


@pytest.mark.parametrize("pack", [tar_of, zip_of], ids=["tar", "zip"])
@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("", {"d/a.csv": "a", "d/b.csv": "b", "c.txt": "c"}),
        (", select: 'd/.+csv'", {"a.csv": "a", "b.csv": "b"}),
        (", select: d, rename: 'd data', path: in", {"in/data/a.csv": "a", "in/data/b.csv": "b"}),
    ],
    ids=["all", "selected", "renamed"],
)
def test_an_archive_is_unpacked(place: Place, web: Server, pack: object, more: str, wanted: dict[str, str]) -> None:
    body = pack(FILES)  # type: ignore[operator]
    url = web.put("/data.bin", body)
    place.lay(f"- {{url: {url}, sha256: {hashlib.sha256(body).hexdigest()}{more}}}")
    assert place.files == wanted
    assert place.told.steps[-1] == "Unpacking data.bin"


def test_an_archive_may_stay_one(place: Place) -> None:
    place.write("data.zip", zip_of(FILES))
    place.write("model.keras", zip_of(FILES))
    place.lay("- {file: data.zip, unpack: no}\n- model.keras")
    assert sorted(path.name for path in place.base.iterdir()) == ["data.zip", "model.keras"]


def test_what_is_named_like_an_archive_has_to_be_one(place: Place) -> None:
    place.write("data.zip", "<html>error</html>")
    with pytest.raises(DependencyError, match=r"data\.zip is not the archive") as caught:
        place.lay("- data.zip")
    assert "unpack: no" in caught.value.hint


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.id)
def test_hostile_archives_reach_nothing(place: Place, hostile: Hostile) -> None:
    outside = place.root / "outside"
    outside.mkdir()
    place.write("data.tar", ended(hostile.parts(str(outside).encode())))
    if hostile.as_source:
        with pytest.raises(DependencyError):
            place.lay("- {file: data.tar, path: in}")
        assert not place.files
    else:
        place.lay("- {file: data.tar, path: in}")
    assert not list(outside.iterdir())
    assert all(path.relative_to(place.base).parts[0] == "in" for path in place.base.rglob("*"))
    assert not any(path.is_symlink() for path in place.base.rglob("*"))


def linked_tar(links: dict[str, str], files: dict[str, str]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return whole.getvalue()


def test_links_of_an_archive_become_files(place: Place) -> None:
    place.write("data.tar", linked_tar({"d/latest": "a.csv", "same": "d", "d/up": ".."}, {"d/a.csv": "a"}))
    place.lay("- {file: data.tar, select: [d, same]}")
    assert place.files == {"d/a.csv": "a", "d/latest": "a", "same/a.csv": "a", "same/latest": "a"}
    assert not any(path.is_symlink() for path in place.base.rglob("*"))


def test_links_cannot_multiply_without_end(place: Place) -> None:
    """Each level links twice to the next: 2**18 paths to one small file."""
    links = {f"d{n}/{side}": f"../d{n + 1}" for n in range(18) for side in "ab"}
    place.write("data.tar", linked_tar(links, {"d18/x": "x"}))
    needs = place.needs("- data.tar")
    with scratch_folder(place.home) as scratch:
        world = replace(place.world(scratch), limits=Limits(members=1000))
        with pytest.raises(DependencyError, match="more than 1,000 files"):
            resolve(needs, world)
    assert not place.files
