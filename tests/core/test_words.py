"""The wording that messages share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.words import count, did_you_mean, in_bytes, nearest

KEYS = ("name", "version", "description", "source", "packager")


@pytest.mark.parametrize(
    ("word", "known"),
    [("nmae", "name"), ("verison", "version"), ("sources", "source"), ("pacakger", "packager"), ("zzz", ""), ("", "")],
)
def test_the_nearest_word(word: str, known: str) -> None:
    assert nearest(word, KEYS) == known


def test_a_near_word_is_proposed() -> None:
    assert did_you_mean("soruce", KEYS) == "did you mean source?"


def test_without_a_near_word_the_known_ones_are_listed() -> None:
    assert did_you_mean("zzz", KEYS) == "there is name, version, description, source, packager"


def test_a_long_list_is_cut() -> None:
    assert did_you_mean("zzz", KEYS, most=2) == "there is name, version, ..."


def test_nothing_to_choose_from() -> None:
    assert did_you_mean("zzz", []) == "there is none"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1234567, "1,234,567 files")]
)
def test_a_number_with_its_noun(number: int, text: str) -> None:
    assert count(number, "file") == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1234, "1.2 kB"),
        (99_449, "99.4 kB"),
        (99_999, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_400_000, "3.4 MB"),
        (5 * 10**9, "5.0 GB"),
        (7 * 10**12, "7.0 TB"),
        (12 * 10**15, "12000.0 TB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert in_bytes(size) == text


@given(st.integers(0, 10**15))
def test_a_size_is_never_shown_more_than_six_percent_off(size: int) -> None:
    number, unit = in_bytes(size).split()
    shown = float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[unit]
    assert abs(shown - size) <= 0.06 * size
