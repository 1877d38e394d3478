"""Changing one attribute of a recipe's text, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core import ini
from guildpkg.core.recipe.edit import add_word, remove_word, replace_word, set_value

TEXT = """\
#-*-conf-*-
[package]
  name        = thing
  # where it comes from
  source      = https://example.org/a/b/tree/v1/c \\
                Guild.in
  packager    = packager

[source "b"]
    commit: 0123  \t
"""


def words(text: str, key: str) -> tuple[str, ...]:
    section = ini.parse(text, "").first("package")
    return section.attrs[key].words if section and key in section.attrs else ()


def test_a_list_begins_below_its_like_in_the_alignment_of_its_neighbours() -> None:
    added = add_word(TEXT, "patches", "a.patch")
    assert added.replace("  patches     = a.patch\n", "") == TEXT
    assert added.splitlines()[5:7] == ["                Guild.in", "  patches     = a.patch"]


def test_a_list_begins_below_the_comment_that_shows_it() -> None:
    text = "[package]\n  name = x\n  version = 1\n  # patches = first.patch\n  packager = p\n"
    assert add_word(text, "patches", "a.patch") == text.replace("first.patch\n", "first.patch\n  patches = a.patch\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_stay_as_they_are(end: str) -> None:
    text = TEXT.replace("\n", end)
    added = add_word(add_word(text, "patches", "a.patch"), "source", "more.py")
    assert added.replace(end, "\n") == add_word(add_word(TEXT, "patches", "a.patch"), "source", "more.py")
    assert "\n" not in added.replace(end, "")


def test_a_list_over_several_lines_gets_another_line() -> None:
    assert "Guild.in \\\n                more.py\n" in add_word(TEXT, "source", "more.py")


def test_a_long_line_goes_on_in_the_next() -> None:
    text = add_word(TEXT, "patches", "a" * 60 + ".patch")
    assert add_word(text, "patches", "b" * 60).endswith("", 0)
    assert " \\\n                " + "b" * 60 + "\n" in add_word(text, "patches", "b" * 60)


NAMES = st.lists(
    st.sampled_from(["a.patch", "b.patch", "sub/c.patch", "d+e.patch", "patches"]), min_size=1, unique=True
)
LAYOUTS = st.sampled_from(["patches = {}\n", "  patches     = {}", "patches:{}\r\n# end\n", "\tpatches =\t{} \n"])
GAPS = st.sampled_from([" ", "  ", " \\\n   ", "\t"])


@given(NAMES, LAYOUTS, st.lists(GAPS, min_size=4, max_size=4), st.data())
def test_adding_and_removing_touch_one_word(
    names: list[str], layout: str, gaps: list[str], data: st.DataObject
) -> None:
    listed = names[0] + "".join(gap + name for gap, name in zip(gaps, names[1:], strict=False))
    text = "[package]\n# first.patch a.patch\nname = a.patch\n" + layout.format(listed)
    assert words(text, "patches") == tuple(names)
    assert words(add_word(text, "patches", "z.patch"), "patches") == (*names, "z.patch")
    gone = data.draw(st.sampled_from(names))
    less = remove_word(text, "patches", gone)
    assert words(less, "patches") == tuple(name for name in names if name != gone)
    assert words(replace_word(text, "patches", gone, "new"), "patches") == tuple(
        "new" if name == gone else name for name in names
    )
    for changed in (add_word(text, "patches", "z.patch"), less):
        assert "# first.patch a.patch\nname = a.patch\n" in changed
        assert not ini.parse(changed, "").faults


def test_a_value_is_set_where_it_stands() -> None:
    assert set_value(TEXT, "source", ("b",), "commit", "4567") == TEXT.replace("0123  \t", "4567")
    assert set_value(TEXT, "source", ("b",), "tree", "4567") == TEXT
