"""Words of a search: which packages they mean."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildpkg.core.packages.catalog import Line, Summary
from guildpkg.core.packages.search import format_lines, matching, rank, wanted
from guildpkg.errors import UsageFault

LINES = (
    Line("mnist-tutorial-src", "1", "Softmax and convolutional models", 3),
    Line("mnist+digits", "2", "Trained on MNIST", 1, yanked=True),
    Line("iris", "1.0", "Flowers. Not mnist?", 1),
)
TEXT = format_lines(Summary(LINES))


def names(*words: str) -> list[str]:
    return [line.name for line in sorted(matching(TEXT, wanted(words)), key=lambda line: rank(line, words))]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["mnist"], ["mnist+digits", "mnist-tutorial-src", "iris"]),
        (["MNIST", "softmax"], ["mnist-tutorial-src"]),
        (["mnist-*"], ["mnist-tutorial-src"]),
        (["*digits"], ["mnist+digits"]),
        (["*"], ["iris", "mnist+digits", "mnist-tutorial-src"]),
        (["^mnist"], ["mnist+digits", "mnist-tutorial-src"]),
        (["models$"], ["mnist-tutorial-src"]),
        (["mnist.*src"], ["mnist-tutorial-src"]),
        (["mnist+digits"], ["mnist+digits"]),
        (["1.0"], []),
        (["iris"], ["iris"]),
        (["mnist", "nothing"], []),
        (["\n"], ["iris", "mnist+digits", "mnist-tutorial-src"]),
        ([""], ["iris", "mnist+digits", "mnist-tutorial-src"]),
    ],
    ids=" ".join,
)
def test_what_words_mean(words: list[str], found: list[str]) -> None:
    assert names(*words) == found


def test_what_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(UsageFault, match="is no regular expression"):
        wanted(["(mnist"])


@settings(deadline=None)
@given(
    about=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40),
    versions=st.integers(1, 9),
    yanked=st.booleans(),
)
def test_a_line_comes_back_as_it_was(*, about: str, versions: int, yanked: bool) -> None:
    line = Line("iris", "1", about, versions, yanked)
    assert list(matching(format_lines(Summary((line,))), wanted(["*"]))) == [line]


def test_control_characters_become_blanks() -> None:
    (found,) = matching(format_lines(Summary((Line("iris", "1", "a\tb\nc\x1b[31m", 1),))), wanted(["iris"]))
    assert found.description == "a b c [31m"


def test_letters_that_are_longer_in_lower_case_do_no_harm() -> None:
    text = format_lines(Summary((Line("a", "1", "\u0130\u0130\u0130 digits", 1), Line("b", "2", "more Digits", 1))))
    assert [line.name for line in matching(text, wanted(["digits"]))] == ["a", "b"]
