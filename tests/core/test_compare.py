"""Columns of a comparison: how they are written, found and sorted by."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.runs.compare import Column, column_at, natural, order, read_columns
from guildpkg.core.runs.filter import Value
from guildpkg.errors import UsageFault


@pytest.mark.parametrize(
    ("text", "column", "head"),
    [
        ("loss", Column("", "loss"), "loss"),
        ("=lr", Column("flag", "lr"), "lr"),
        ("flag:lr as rate", Column("flag", "lr", label="rate"), "rate"),
        (".host", Column("attr", "host"), "host"),
        ("time", Column("attr", "duration"), "duration"),
        ("scalar:tf/train/loss", Column("scalar", "tf/train/loss"), "train/loss"),
        ("min loss", Column("scalar", "loss", "min"), "min loss"),
        ("max acc step as best", Column("scalar", "acc", "max", step=True, label="best"), "best"),
        ("loss step", Column("scalar", "loss", step=True), "loss step"),
    ],
)
def test_a_column_is_read(text: str, column: Column, head: str) -> None:
    assert read_columns([text]) == (column,)
    assert column.head == head


def test_several_columns_stand_in_one_text() -> None:
    assert [column.name for column in read_columns(["a, b", "c,"])] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["a b", "min =lr", ".host step", "flag:", "=", "min max loss"])
def test_what_is_no_column_is_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="is no column"):
        read_columns([text])


def test_a_column_is_found_by_its_head_then_by_its_name() -> None:
    columns = read_columns(["lr as loss", "tf/train/loss as l", "val/acc"])
    assert [column_at(columns, text) for text in ("loss", "tf/train/loss", "acc", "lr")] == [0, 1, 2, 0]
    with pytest.raises(UsageFault, match="there is no column x"):
        column_at(columns, "x")


def test_names_are_sorted_as_people_count() -> None:
    assert sorted(["l10", "l2", "a", "1", "²"], key=natural) == ["1", "a", "l2", "l10", "²"]


@given(st.lists(st.none() | st.floats() | st.integers() | st.text(max_size=2) | st.booleans()), st.booleans())
def test_every_row_is_kept_and_those_without_a_value_come_last(values: list[Value], largest: bool) -> None:
    places = order(values, largest=largest)
    assert sorted(places) == list(range(len(values)))
    empty = [value is None or (isinstance(value, float) and math.isnan(value)) for value in values]
    assert sorted(empty[at] for at in places) == [empty[at] for at in places]
    numbers = [value for at in places if isinstance(value := values[at], int | float) and not empty[at]]
    assert numbers == sorted(numbers, reverse=largest)
