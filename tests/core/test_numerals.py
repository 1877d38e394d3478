"""Numbers by patterns: what Numeral.js documents, and what no number may break."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guildpkg.core.series.numerals import formatted, is_format

TABLE = [
    (0.974878, "0.00%", "97.49%"),
    (1, "0%", "100%"),
    (-0.43, "0 %", "-43 %"),
    (0.5, "%", "50%"),
    (0.285, "0%", "29%"),
    (1.005, "0.00", "1.01"),
    (0.0784, "0.000", "0.078"),
    (10000, "0,0", "10,000"),
    (10000.1234, "0,0.0000", "10,000.1234"),
    (-10000, "0,0.0", "-10,000.0"),
    (10000.1234, "0[.]00000", "10000.12340"),
    (10000, "0[.]00", "10000"),
    (1.5, "0.0[00]", "1.5"),
    (1.25, "0.0[00]", "1.25"),
    (-10000, "(0,0.0000)", "(10,000.0000)"),
    (1230, "+0,0", "+1,230"),
    (7, "000", "007"),
    (1230974, "0.0a", "1.2m"),
    (1460, "0 a", "1 k"),
    (100, "0b", "100B"),
    (3072, "0.0 b", "3.1 KB"),
    (999_960_000, "0.0 b", "1.0 GB"),
    (2048, "0 ib", "2 KiB"),
    (7884486213, "0.00b", "7.88GB"),
    (0.001, "0.0e", "1.0e-3"),
    (9.96e-4, "0.0e", "1.0e-3"),
    (123456789, "0e+0", "1e+8"),
    (0, "0.0e", "0.0e+0"),
    (25, "00:00:00", "0:00:25"),
    (238.4, "00:00:00", "0:03:58"),
    (63846, "00:00:00", "17:44:06"),
    (1001, "$0,0", "$1,001"),
    (21.5, "0.0 C", "21.5 C"),
    (-0.0001, "0.00", "0.00"),
    (math.nan, "0.00%", "NaN"),
    (-math.inf, "0,0", "-Infinity"),
    (0.1, "", "0.1"),
    (1e300, "", "1e+300"),
    (12.0, "", "12"),
]


@pytest.mark.parametrize(("value", "pattern", "text"), TABLE, ids=lambda value: str(value))
def test_a_number_is_written_as_its_pattern_says(value: float, pattern: str, text: str) -> None:
    assert formatted(value, pattern) == text


@pytest.mark.parametrize("pattern", ["x", "0.0.0", "(0", "0" + "." + "0" * 40, "q0%%"])
def test_what_is_no_pattern_leaves_the_number_as_it_is(pattern: str) -> None:
    assert not is_format(pattern)
    assert formatted(0.5, pattern) == "0.5"


PATTERNS = sorted({pattern for _, pattern, _ in TABLE})


@given(st.floats(), st.sampled_from(PATTERNS))
@example(1.7976931348623157e308, "0.00%")
def test_every_number_can_be_written(value: float, pattern: str) -> None:
    assert formatted(value, pattern)


@given(st.integers(-(10**14), 10**14))
def test_thousands_can_be_read_back(value: int) -> None:
    assert int(formatted(value, "0,0").replace(",", "")) == value
