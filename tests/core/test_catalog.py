"""Shards and summaries: what was written is read again, and whatever else there is is refused with all its faults."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildpkg.core.digests import sha256
from guildpkg.core.packages.catalog import File, Line, Release, Shard, Summary, format_shard, format_summary
from guildpkg.core.packages.catalog_reader import MOST_SHARD, read_shard, read_summary
from guildpkg.errors import CatalogError

DIGEST = sha256(b"x")
RELEASE = Release(
    name="mnist",
    version="1",
    archive=File("mnist-1.pkg.tar.xz", 10, DIGEST),
    manifest=File("mnist-1.GuildPkg", 5, DIGEST),
    statement=File("mnist-1.build.json", 5, DIGEST),
    description="Digits",
    packages="digits >= 1, other",
    python="tensorflow-cpu >= 2.16",
    yanked="",
)
SHARD = Shard("mnist", (RELEASE,))
SUMMARY = Summary((Line("iris", "1", "Flowers", 2), Line("mnist", "2", "", 1, yanked=True)))


def versions() -> st.SearchStrategy[list[str]]:
    return st.lists(st.integers(0, 50).map(str), unique=True, max_size=8)


@settings(deadline=None)
@given(versions())
def test_a_shard_is_read_as_it_was_written_whatever_the_order_of_its_making(found: list[str]) -> None:
    shard = Shard("mnist")
    for version in found:
        archive = replace(RELEASE.archive, name=f"mnist-{version}.pkg.tar.xz")
        shard = shard.having(replace(RELEASE, version=version, archive=archive))
    assert read_shard(format_shard(shard), "mnist") == shard
    assert [release.version for release in shard.releases] == sorted(found, key=int)


def test_a_summary_is_read_as_it_was_written() -> None:
    assert read_summary(format_summary(SUMMARY), "a summary") == SUMMARY


@pytest.mark.parametrize(
    ("known", "newest"),
    [
        (["1", "2"], "2"),
        (["1", "2rc1"], "1"),
        (["1", "2 yanked"], "1"),
        (["2rc1", "1 yanked"], "2rc1"),
        (["1 yanked"], "1"),
    ],
    ids=str,
)
def test_which_version_is_the_newest(known: list[str], newest: str) -> None:
    releases = [replace(RELEASE, version=text.split()[0], yanked="no" if "yanked" in text else None) for text in known]
    found = Shard("mnist", tuple(releases)).newest
    assert found is not None
    assert found.version == newest


def of_release(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda shard: shard["releases"][0].update(values)


def of_archive(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda shard: shard["releases"][0]["archive"].update(values)


HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another package": (lambda shard: shard.update(name="iris"), "it is about 'iris'"),
    "no name": (lambda shard: shard.pop("name"), "it is about None"),
    "a later schema": (lambda shard: shard.update(schema=2), "schema 2, this guild knows 1"),
    "a schema that is true": (lambda shard: shard.update(schema=True), "it has the schema True"),
    "no releases": (lambda shard: shard.pop("releases"), "releases is no list"),
    "releases that are text": (lambda shard: shard.update(releases="1"), "releases is no list"),
    "a release that is a number": (lambda shard: shard.update(releases=[1]), "release 1 is no object"),
    "a version twice": (lambda shard: shard["releases"].append(shard["releases"][0]), "it has a version twice"),
    "a version that is a path": (of_release(version="../1"), "is no canonical version"),
    "a version that is not canonical": (of_release(version="1.0-final"), "is no canonical version"),
    "a version that is a number": (of_release(version=1), "version is no text"),
    "an archive that is a path": (of_archive(name="../../etc/passwd"), "is no file name"),
    "an archive of something else": (of_archive(name="iris-1.pkg.tar.xz"), "the archive is named"),
    "an archive named ..": (of_archive(name=".."), "is no file name"),
    "an archive with a NUL": (of_archive(name="a\0b"), "is no file name"),
    "an archive that obeys a terminal": (of_archive(name="\x1b[31m"), "is no file name"),
    "a digest that is a path": (of_archive(sha256="../" + "0" * 61), "is no SHA-256"),
    "a digest in capitals": (of_archive(sha256="A" * 64), "is no SHA-256"),
    "a size below nothing": (of_archive(size=-1), "size is no number"),
    "a size that is true": (of_archive(size=True), "size is no number"),
    "a size with a point": (of_archive(size=1.5), "size is no number"),
    "a size without end": (of_archive(size=10**30), "size is no number"),
    "an archive that is missing": (of_release(archive=None), "archive is no object"),
    "a statement that is a list": (of_release(statement=[]), "statement is no object"),
    "a description without end": (of_release(description="x" * 5000), "description is too long"),
    "half a character": (of_release(description="\ud800"), "description is too long, or no text"),
    "needs that are none": (of_release(packages="Big One"), "names no package"),
    "a range that is none": (of_release(packages="digits >> 1"), "is not a range"),
    "Python needs that are none": (of_release(python="a b c"), "is not a Python requirement"),
    "yanked for no reason": (of_release(yanked=None), "yanked is no text"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_shard_is_refused(kind: str) -> None:
    change, why = HOSTILE[kind]
    shard = json.loads(format_shard(SHARD))
    change(shard)
    with pytest.raises(CatalogError) as caught:
        read_shard(json.dumps(shard).encode(), "mnist")
    assert why in str(caught.value)


RAW = {
    "nothing": b"",
    "half": format_shard(SHARD)[:-40],
    "a list": b"[]",
    "null": b"null",
    "not UTF-8": b'{"schema":1,"name":"\xff"}',
    "deeply nested": b"[" * 100_000,
    "a key twice": b'{"schema":1,"schema":1}',
    "not a number": b'{"schema":NaN}',
    "a number without end": b'{"schema":' + b"9" * 5000 + b"}",
    "too much": b" " * (MOST_SHARD + 1),
}


@pytest.mark.parametrize("kind", RAW)
def test_what_is_no_shard_is_refused(kind: str) -> None:
    with pytest.raises(CatalogError):
        read_shard(RAW[kind], "mnist")
    with pytest.raises(CatalogError):
        read_summary(RAW[kind] * 5, "a summary")


@pytest.mark.parametrize(
    "row",
    [
        {},
        [],
        ["iris", "1", "x"],
        ["iris", "1", "x", 0, False],
        ["iris", "1", "x", 1, 0],
        ["iris", "one", "x", 1, False],
        ["../iris", "1", "x", 1, False],
        ["iris", "1", "x" * 5000, 1, False],
        ["iris", "1", "\ud800", 1, False],
        ["iris", "1", None, 1, False],
        ["mnist", "1", "twice", 1, False],
    ],
    ids=str,
)
def test_a_hostile_line_of_a_summary_is_refused(row: Any) -> None:
    rows = [["mnist", "1", "x", 1, False], row]
    with pytest.raises(CatalogError):
        read_summary(json.dumps({"schema": 1, "packages": rows}).encode(), "a summary")


def test_all_faults_are_told_at_once() -> None:
    shard = json.loads(format_shard(SHARD))
    of_archive(size=-1, sha256="x")(shard)
    of_release(license=1)(shard)
    with pytest.raises(CatalogError) as caught:
        read_shard(json.dumps(shard).encode(), "mnist")
    assert len(str(caught.value).splitlines()) == 3


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_a_damaged_shard_is_refused_or_means_something(junk: bytes, place: int) -> None:
    text = format_shard(SHARD)
    with contextlib.suppress(CatalogError):
        read_shard(text[:place] + junk + text[place + len(junk) :], "mnist")
