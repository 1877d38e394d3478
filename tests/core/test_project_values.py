"""Text and the values that it stands for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.project.parts import FLAG_TYPES, Scalar
from guildpkg.core.project.values import convert, raw_of, typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-1", -1), ("+1", 1), ("0", 0), ("01", "01"), ("0x1f", 31), ("0o17", 15), ("0o18", "0o18"),
        ("1.0", 1.0), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("1E-3", 0.001), ("1_000", "1_000"), ("1,5", "1,5"),
        (".inf", math.inf), ("-.Inf", -math.inf), ("inf", "inf"), ("1e999", math.inf),
        ("true", True), ("True", True), ("TRUE", True), ("tRue", "tRue"), ("no", False), ("off", False), ("y", "y"),
        ("null", None), ("~", None), ("", None), ("  ", None), ("none", "none"),
        ("'1'", "1"), ('"a"', "a"), ("'it''s'", "it's"), ("'", "'"), ("12:30", "12:30"), ("9" * 301, "9" * 301),
    ],
    ids=repr,
)  # fmt: skip
def test_text_is_a_value(text: str, value: Scalar) -> None:
    found = typed(text)
    assert found == value
    assert type(found) is type(value)


@given(st.one_of(st.text(), st.integers(-(10**50), 10**50), st.floats(allow_nan=False), st.booleans(), st.none()))
def test_a_value_written_and_read_is_the_same(value: Scalar) -> None:
    found = typed(raw_of(value))
    assert found == value
    assert type(found) is type(value)


@given(st.text(), st.sampled_from(FLAG_TYPES))
def test_any_text_is_a_value_of_the_type_or_refused_in_words(text: str, kind: str) -> None:
    kinds = {"int": int, "float": float, "number": int | float, "boolean": bool}
    found = _converted(text, kind)
    assert found is None or isinstance(found, kinds.get(kind, str | int | float) | ValueError)


def _converted(text: str, kind: str) -> Scalar | ValueError:
    try:
        return convert(text, kind)
    except ValueError as error:
        return error


@given(st.text())
def test_text_without_quotes_of_a_string_flag_is_itself(text: str) -> None:
    if text.strip()[:1] not in ("'", '"'):
        assert convert(text, "string") == text


def test_a_list_is_written_with_brackets_and_text_like_one_is_quoted() -> None:
    assert raw_of((1, "a", True)) == "[1, a, true]"
    assert raw_of("[1]") == "'[1]'"
