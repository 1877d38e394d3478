"""Pages of a package index."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from guildpkg.core.digests import Sha256
from guildpkg.errors import NetworkError
from guildpkg.sources.index_pages import Link, preference, read_page, sdist_version, wheel_version

URL = "https://index.invalid/simple/some-thing/"
HASH = Sha256("ab" * 32)


def html(text: str, url: str = URL) -> list[Link]:
    return read_page(text.encode(), "text/html; charset=UTF-8", url)


def as_json(*files: dict[str, object], version: object = "1.1") -> list[Link]:
    page = {"meta": {"api-version": version}, "name": "some-thing", "files": files}
    return read_page(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json", URL)


@pytest.mark.parametrize(
    ("anchor", "link"),
    [
        (f'<a href="x-1.tar.gz#sha256={HASH}">', Link(URL + "x-1.tar.gz", "x-1.tar.gz", HASH)),
        (f'<A HREF="x-1.tar.gz#sha256={HASH.upper()}">', Link(URL + "x-1.tar.gz", "x-1.tar.gz", HASH)),
        ('<a href="/f/x-1.tar.gz#md5=00">', Link("https://index.invalid/f/x-1.tar.gz", "x-1.tar.gz")),
        ('<a href="//b.invalid/x-1.zip">', Link("https://b.invalid/x-1.zip", "x-1.zip")),
        ('<a href="x-1%2B2.tar.gz">', Link(URL + "x-1%2B2.tar.gz", "x-1+2.tar.gz")),
        ('<a href="x?a=1&amp;b=2">', Link(URL + "x?a=1&b=2", "x")),
        ('<a data-yanked href="x-1.zip">', Link(URL + "x-1.zip", "x-1.zip", yanked="no reason given")),
        ('<a data-yanked="is bad" href="x-1.zip">', Link(URL + "x-1.zip", "x-1.zip", yanked="is bad")),
        ('<a data-requires-python="&lt;3" href="x-1.zip">', Link(URL + "x-1.zip", "x-1.zip")),
        ('<base href="https://b.invalid/d/"><a href="x-1.zip">', Link("https://b.invalid/d/x-1.zip", "x-1.zip")),
        ('<a href="a%2F..%2Fx">', Link(URL + "a%2F..%2Fx", "x")),
    ],
)
def test_an_anchor_is_a_link(anchor: str, link: Link) -> None:
    assert html(anchor) == [link]


@pytest.mark.parametrize(
    "anchor",
    ["", "<a>", '<a name="x">', '<a href="file:///etc/passwd">', '<a href="javascript:x">', '<a href="http://[">'],
)
def test_what_leads_to_no_file_of_the_web_is_no_link(anchor: str) -> None:
    assert html(anchor) == []


def test_a_page_on_disk_may_name_files_on_disk() -> None:
    assert html('<a href="../f/x-1.zip">', "file:///d/simple/x/index.html")[0].url == "file:///d/simple/f/x-1.zip"


def test_json_says_hash_size_and_what_was_yanked() -> None:
    file = {"url": "../../x-1.zip", "filename": "x-1.zip", "hashes": {"sha256": HASH}, "size": 9, "yanked": "bad"}
    assert as_json(file) == [Link("https://index.invalid/x-1.zip", "x-1.zip", HASH, 9, "bad")]


@pytest.mark.parametrize(("yanked", "said"), [(True, "no reason given"), (False, ""), ("", "no reason given")])
def test_json_may_be_brief_about_yanking(yanked: object, said: str) -> None:
    assert as_json({"url": "x", "filename": "x", "yanked": yanked})[0].yanked == said


@pytest.mark.parametrize("version", ["2.0", "2", None, ""])
def test_another_version_of_the_interface_is_refused(version: object) -> None:
    with pytest.raises(NetworkError, match="version"):
        as_json(version=version)


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"meta": 1, "files": []}', '{"meta": {"api-version": "1.0"}, "files": [1]}']
)
def test_json_of_another_shape_is_an_error(body: str) -> None:
    with pytest.raises(NetworkError, match="no page of a package index"):
        read_page(body.encode(), "application/json", URL)


@given(st.binary(), st.sampled_from(["", "text/html", "application/json"]))
def test_any_bytes_are_a_page_or_an_error(body: bytes, kind: str) -> None:
    try:
        links = read_page(body, kind, URL)
    except NetworkError:
        return
    assert all(link.url.startswith("http") for link in links)


@pytest.mark.parametrize(
    ("file", "version"),
    [
        ("some_thing-1.0.tar.gz", "1.0"),
        ("some-thing-1.0.zip", "1.0"),
        ("Some.Thing-1.0.tar.bz2", "1.0"),
        ("some_thing-2.tgz", "2"),
        ("some-thing-else-1.0.tar.gz", None),
        ("some_thing-1.0.exe", None),
        ("some_thing-x.tar.gz", None),
        ("some_thing.tar.gz", None),
    ],
)
def test_sdists_are_known_by_their_names(file: str, version: str | None) -> None:
    assert sdist_version(Link("", file), "some-thing") == (Version(version) if version else None)


@pytest.mark.parametrize(
    ("file", "version"),
    [("some_thing-1.0-py3-none-any.whl", "1.0"), ("other-1.0-py3-none-any.whl", None), ("x.whl", None)],
)
def test_wheels_are_known_by_their_names(file: str, version: str | None) -> None:
    assert wheel_version(Link("", file), "some-thing") == (Version(version) if version else None)


def test_tar_gz_comes_first() -> None:
    files = ["x-1.tar.bz2", "x-1.zip", "x-1.tar.gz"]
    assert min((Link("", file) for file in files), key=preference).file == "x-1.tar.gz"
