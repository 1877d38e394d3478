"""Order, modes and names of archive members; links followed through links."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.archive.layout import check_entries, check_path, check_target, collisions, show, slots
from guildpkg.core.archive.link_chains import first_leaving
from guildpkg.core.digests import Entry, dir_entry, link_entry, sha256

PARTS = st.binary(min_size=1, max_size=12).filter(lambda part: not {0, 47} & set(part) and part not in (b".", b".."))
PATHS = st.lists(PARTS, min_size=1, max_size=5).map(b"/".join)


def entry(path: bytes, *, executable: bool = False) -> Entry:
    return Entry(path, "file", executable, 3, sha256(b"abc"))


def test_members_stand_in_byte_order_behind_root_and_manifest() -> None:
    entries = [entry(b"b"), entry(b"a/x"), entry(b"a.txt"), entry(b"a-b"), dir_entry(b"a/empty")]
    names = [slot.name for slot in slots(entries, 9)]
    assert names == [b"./", b"./.GuildPkg", b"./a/", b"./a-b", b"./a.txt", b"./a/empty/", b"./a/x", b"./b"]


def test_modes_are_four() -> None:
    entries = [entry(b"f"), entry(b"run", executable=True), link_entry(b"link", b"f"), dir_entry(b"z")]
    modes = {slot.name: slot.mode for slot in slots(entries, 9)}
    assert modes == {
        b"./": 0o755,
        b"./.GuildPkg": 0o644,
        b"./f": 0o644,
        b"./run": 0o755,
        b"./link": 0o777,
        b"./z/": 0o755,
    }


@given(st.sets(PATHS, max_size=12))
def test_every_folder_stands_before_what_it_holds(paths: set[bytes]) -> None:
    files = [path for path in paths if not any(other.startswith(path + b"/") for other in paths)]
    seen = set()
    for slot in slots([entry(path) for path in files], 0):
        assert slot.name == b"./" or posixpath.dirname(slot.name.rstrip(b"/")) + b"/" in seen
        seen.add(slot.name)
    assert {b"./" + path for path in files} < seen


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (b"", "empty"),
        (b"/etc/passwd", "absolute"),
        (b"..", "leads out"),
        (b"a/../b", "leads out"),
        (b"a//b", "empty part"),
        (b"a/./b", "'.' in it"),
        (b"a/", "empty part"),
        (b"a\0b", "NUL"),
        (b"n" * 256, "255"),
        (b"a/" * 1000 + b"b", "2000"),
    ],
)
def test_bad_paths_are_told_why(path: bytes, problem: str) -> None:
    assert problem in (check_path(path) or "")


@given(PATHS)
def test_other_paths_are_good_whatever_their_bytes(path: bytes) -> None:
    assert check_path(path) is None


@given(st.lists(st.sampled_from([b"a", b".", b"/", b"\0", b"\n", b"b" * 254, b"c/" * 600]), max_size=9).map(b"".join))
def test_a_path_is_good_exactly_when_all_its_parts_are(path: bytes) -> None:
    parts = path.split(b"/")
    good = all(0 < len(part) <= 255 and b"\0" not in part and part not in (b".", b"..") for part in parts)
    assert (check_path(path) is None) == (good and len(path) <= 2000)


@pytest.mark.parametrize(
    ("path", "target", "problem"),
    [
        (b"a", b"b", None),
        (b"a/b", b"../c", None),
        (b"a/b/c", b"../../d/", None),
        (b"a", b"..", "outside"),
        (b"a/b", b"../..", "outside"),
        (b"a", b"b/../../a/b", "outside"),
        (b"a", b"/b", "absolute"),
        (b"a", b"", "empty"),
        (b"a", b"b\0", "NUL"),
        (b"a", b"b/" * 1001, "2000"),
    ],
)
def test_targets_of_links_stay_inside(path: bytes, target: bytes, problem: str | None) -> None:
    found = check_target(path, target)
    assert found is None if problem is None else problem in (found or "")


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([entry(b"a"), entry(b"a")], "'a' is there twice"),
        ([entry(b"a"), entry(b"a/b")], "'a' is listed as a file and has files below it"),
        ([link_entry(b"a", b"b"), entry(b"a/b/c")], "'a' is listed as a link and has files below it"),
        ([dir_entry(b"a"), entry(b"a/b")], "'a' is listed as an empty folder and has files below it"),
        ([entry(b".GuildPkg")], "'.GuildPkg' is in the place of the manifest"),
        ([entry(b".GuildPkg/a")], "'.GuildPkg/a' is in the place of the manifest"),
        ([entry(b"../a")], "the path '../a' is refused"),
        ([link_entry(b"a", b"../b")], "the link 'a' is refused"),
        ([link_entry(b"d/up", b".."), link_entry(b"out", b"d/up/../x")], "'out' is refused: it leads outside by way"),
    ],
)
def test_content_that_cannot_be_a_package_is_told_why(entries: list[Entry], problem: str) -> None:
    assert any(problem in found for found in check_entries(entries)), check_entries(entries)


@pytest.mark.parametrize(
    ("paths", "pairs"),
    [
        ([b"README", b"readme"], [(b"README", b"readme")]),
        ([b"a/x", b"A/y"], [(b"A", b"a")]),
        (["é".encode(), "e\u0301".encode()], [("e\u0301".encode(), "é".encode())]),
        (["straße".encode(), b"STRASSE"], [(b"STRASSE", "straße".encode())]),
        ([b".guildpkg"], [(b".GuildPkg", b".guildpkg")]),
        ([b"a", b"b", b"\xff", b"\xfe"], []),
    ],
    ids=["case", "folders", "unicode", "sharp s", "manifest", "none"],
)
def test_names_that_some_file_systems_take_for_one_are_found(
    paths: list[bytes], pairs: list[tuple[bytes, bytes]]
) -> None:
    assert collisions(paths) == pairs


@pytest.mark.parametrize(
    ("links", "leaving"),
    [
        ({b"a": b"b", b"b": b"c"}, None),
        ({b"a": b"b", b"b": b"a"}, None),
        ({b"a": b"a"}, None),
        ({b"a": b".."}, b"a"),
        ({b"d/up": b"..", b"out": b"d/up/.."}, b"out"),
        ({b"d/up": b"..", b"in": b"./d//up/x"}, None),
        ({b"a": b"d/e/f", b"out": b"a/../../../.."}, b"out"),
        ({b"x": b"loop/..", b"loop": b"loop", b"y": b"x/../.."}, None),
    ],
    ids=["chain", "circle", "itself", "plain", "by a link up", "back in", "by depth", "nowhere"],
)
def test_links_are_followed_through_links(links: dict[bytes, bytes], leaving: bytes | None) -> None:
    assert first_leaving(links) == leaving


def test_a_very_long_chain_of_links_is_followed_without_recursion() -> None:
    links = {b"%d" % number: b"%d" % (number + 1) for number in range(100_000)}
    assert first_leaving(links) is None
    assert first_leaving(links | {b"100000": b".."}) == b"100000"


def test_names_in_messages_can_be_printed() -> None:
    assert show(b"a\xff\x1b[31m\n") == r"'a\\xff\x1b[31m\n'"
    assert len(show(b"n" * 5000)) < 110
