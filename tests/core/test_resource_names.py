"""What a resource takes out of a source, and what it is called then."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.project.parts import Rename
from guildpkg.core.project.resource_names import BadName, Taken, joined, name_in, renamed, take, targets

FILES = ("a.csv", "img/1.png", "img/2.png", "img/more/3.png", "notes/a.csv", "train.log")


@pytest.mark.parametrize(
    ("select", "keep", "wanted"),
    [
        ((), False, {"a.csv": "a.csv", "img": "img", "notes": "notes", "train.log": "train.log"}),
        ((r"a\.csv",), False, {"a.csv": "a.csv"}),
        ((r"img/\d\.png",), False, {"img/1.png": "1.png", "img/2.png": "2.png"}),
        ((r"img/\d\.png",), True, {"img/1.png": "img/1.png", "img/2.png": "img/2.png"}),
        (("img/more",), False, {"img/more": "more"}),
        (("img", r"img/.+png"), False, {"img": "img"}),
        ((".+log", "no such"), False, {"train.log": "train.log"}),
        (("csv", "rain.log", "train.lo"), False, {}),
    ],
    ids=["everything", "a file", "flat", "kept", "a folder", "once", "several", "whole paths only"],
)
def test_what_is_selected(select: tuple[str, ...], keep: bool, wanted: dict[str, str]) -> None:
    assert {item.origin: item.target for item in take(FILES, select, (), keep=keep)} == wanted


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ([], "iris_training.csv"),
        ([("iris_", "")], "training.csv"),
        ([("no", "x"), (r"iris_(.*)\.csv", r"\1/data.csv"), ("iris", "y")], "training/data.csv"),
        ([("n", "N")], "iris_traiNing.csv"),
    ],
    ids=["as it is", "a part", "the first that matches", "once"],
)
def test_how_names_change(rules: list[tuple[str, str]], wanted: str) -> None:
    assert renamed("iris_training.csv", [Rename(*rule) for rule in rules]) == wanted


@pytest.mark.parametrize("replacement", ["../a", "/etc/passwd", "a//b", "", "a/../../b", r"\2", "x" * 300, "a\0b"])
def test_no_name_leads_out(replacement: str) -> None:
    with pytest.raises(BadName):
        renamed("data.csv", [Rename("(d)ata.csv", replacement)])


@pytest.mark.parametrize(
    ("select", "rename"),
    [((".+csv",), ()), ((r"img/\d.png",), (Rename(r"\d", "x"),)), ((), (Rename("img", "a.csv/b"),))],
    ids=["same name", "same after renaming", "one below the other"],
)
def test_nothing_is_laid_over_another(select: tuple[str, ...], rename: tuple[Rename, ...]) -> None:
    with pytest.raises(BadName):
        take(FILES, select, rename, keep=False)


def test_every_file_of_what_is_taken_has_its_place() -> None:
    taken = take(FILES, (r"a\.csv", "img"), (Rename("img", "pictures"),), keep=False)
    assert {path: target for path, target, _ in targets(FILES, taken)} == {
        "a.csv": "a.csv",
        "img/1.png": "pictures/1.png",
        "img/2.png": "pictures/2.png",
        "img/more/3.png": "pictures/more/3.png",
    }


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://h/a/data.csv?x=1#y", "data.csv"),
        ("https://h/a%20b.zip", "a b.zip"),
        ("https://h/", ""),
        ("https://h", ""),
        ("https://h/%2e%2e", ""),
        ("https://h/..%2fpasswd", "passwd"),
        ("https://h/a%0ab", ""),
        ("https://h/a%00b", ""),
    ],
)
def test_the_name_in_a_url(url: str, wanted: str) -> None:
    assert name_in(url) == wanted


parts = st.text("abc.", min_size=1, max_size=3).filter(lambda part: part not in (".", ".."))
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)


@given(st.sets(paths), st.booleans())
def test_selecting_everything_is_selecting_nothing(files: set[str], keep: bool) -> None:
    plain = {path for path in files if not any(path.startswith(f"{other}/") for other in files)}
    assert take(plain, [".+"], (), keep=keep) == take(plain, (), (), keep=keep)


@given(st.sets(paths, min_size=1), paths)
def test_what_is_taken_was_there(files: set[str], pattern: str) -> None:
    plain = {path for path in files if not any(path.startswith(f"{other}/") for other in files)}
    for item in take(plain, [re.escape(pattern)], (), keep=True):
        assert item == Taken(pattern, pattern)
        assert any(path == pattern or path.startswith(f"{pattern}/") for path in plain)


def test_folders_are_joined() -> None:
    assert (joined("", ""), joined("a", "."), joined("", "b/"), joined("a/b", "../c")) == ("", "a", "b", "a/c")
