"""Fields: one number of a series, and how charts are thinned out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.project.model import Field, Model, Project, Series, View
from guildpkg.core.series.fields import field_value, picked, reduced, shown_charts, shown_fields
from guildpkg.core.series.points import latest, series
from guildpkg.core.series.thin import thinned

SECOND = 10**9
FLOATS = st.one_of(st.floats(allow_nan=True), st.sampled_from([0.0, 1.0, -1.0]))


@pytest.mark.parametrize(
    ("how", "number"),
    [("", 7), ("last", 7), ("average", 4), ("last_5_average", 5), ("steps", 60), ("steps0", 70), ("duration", 6.0)],
)
def test_a_series_becomes_one_number(how: str, number: float) -> None:
    of = series([at * SECOND for at in range(7)], range(10, 80, 10), range(1, 8))
    assert reduced(how, latest(of), lambda: of) == number


def test_averages_leave_out_what_was_done_over_and_what_is_no_number() -> None:
    of = series(range(5), [0, 1, 2, 1, 2], [1, 100, 100, 3, math.nan])
    assert reduced("average", latest(of), lambda: of) == 2
    nothing = series([1], [1], [math.nan])
    assert reduced("average", latest(nothing), lambda: nothing) is None


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [(0.5, "0.00%", "50.00%"), (None, "0%", "--"), ("adam", "0%", "adam"), (True, "", "yes"), (1000, "", "1000")],
)
def test_a_value_is_written_as_its_field_says(value: float | str | None, pattern: str, text: str) -> None:
    assert field_value(Field("x", format=pattern), value).text == text


def test_an_attribute_is_found_by_either_dash() -> None:
    assert picked({"batch_size": 1}, "batch-size") == ("batch_size", 1)
    assert picked({"batch_size": 1, "batch-size": 2}, "batch-size") == ("batch-size", 2)
    assert picked({}, "x") == ("", None)


def test_a_model_shows_its_view_and_others_all_there_is() -> None:
    fields, charts = (Field("a"), Field("b")), (Series("c"), Series("d"))
    views = (View("iris", ("b", "gone"), ()),)
    project = Project(
        "/p", (), "ini", "p", models=(Model("iris", view="iris"),), views=views, fields=fields, series=charts
    )
    assert shown_fields(project, "iris:train") == (fields[1],)
    assert shown_charts(project, "./iris:train") == charts
    assert shown_fields(project, "other:train") == fields


@given(st.lists(FLOATS, max_size=300), st.integers(4, 40))
def test_thinning_keeps_the_ends_the_extremes_and_the_order(values: list[float], most: int) -> None:
    of = series(range(len(values)), range(len(values)), values)
    thin = thinned(of, most)
    assert len(thin) <= max(most, min(len(values), most))
    assert (np.diff(thin.steps) > 0).all()
    np.testing.assert_array_equal(thin.values, of.values[thin.steps])
    if values:
        assert (thin.steps[0], thin.steps[-1]) == (0, len(values) - 1)
        numbers, kept = of.values[~np.isnan(of.values)], thin.values[~np.isnan(thin.values)]
        if len(numbers):
            assert (numbers.min(), numbers.max()) == (kept.min(), kept.max())


def test_a_spike_in_a_million_points_is_still_seen() -> None:
    values = np.sin(np.arange(1_000_000) / 1e5)
    values[654_321] = 50
    thin = thinned(series(range(1_000_000), range(1_000_000), values), 1000)  # type: ignore[arg-type]
    assert 654_321 in thin.steps
    assert len(thin) <= 1000
