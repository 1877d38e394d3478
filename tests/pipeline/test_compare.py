"""Comparisons and filters by scalars, as the project's columns and fields have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guildpkg.pipeline.runs.chosen import Store, Wanted, listing, open_store, read_filters
from guildpkg.pipeline.runs.compare import Asked, Comparison, compare
from guildpkg.project.load import load
from tests.support.eventfiles import put_events, scalars
from tests.support.records import put_run

FIELDS = """
[model "iris"]
  train = train
[field "acc"]
  label = Accuracy
  source = series/tf/acc
[view]
  compare = acc
"""


@pytest.fixture
def store() -> Store:
    """Three runs, of which the last has no scalars."""
    home = Path(os.environ["GUILD_HOME"])
    for number, values in enumerate(((3.0, 1.0, 2.0), (5.0, float("nan"), 0.5), ()), start=1):
        run = put_run(home, number, flags=())
        if values:
            put_events(run.files, scalars("loss", *values, first=10), scalars("acc", number / 10))
    return open_store(home)


def compared(store: Store, *columns: str, smallest: str = "", largest: str = "") -> Comparison:
    asked = Asked(only=columns, smallest=smallest, largest=largest)
    return compare(store, listing(store, Wanted()), None, asked)


def test_scalars_are_compared_by_their_last_value_or_as_asked(store: Store) -> None:
    made = compared(store, "loss, min loss, max loss, first loss, count loss, loss step, min loss step, avg loss")
    assert [row[1:] for row in made.rows] == [
        (None,) * 8,
        (0.5, 0.5, 5.0, 5.0, 3, 12, 12, 2.75),
        (2.0, 1.0, 3.0, 3.0, 3, 12, 11, 2.0),
    ]


def test_runs_without_a_value_come_last_however_they_are_sorted(store: Store) -> None:
    for made, wanted in (
        (compared(store, "loss", smallest="loss"), "213"),
        (compared(store, "loss", largest="loss"), "123"),
    ):
        assert "".join(run.id[7] for run in made.runs) == wanted


def test_without_columns_all_scalars_are_shown(store: Store) -> None:
    made = compare(store, listing(store, Wanted()), None, Asked())
    assert [column.head for column in made.columns[6:]] == ["acc", "loss"]


def test_the_fields_that_a_view_compares_are_columns(store: Store, tmp_path: Path) -> None:
    (tmp_path / "Guild").write_text(FIELDS)
    made = compare(store, listing(store, Wanted()), load(tmp_path), Asked())
    assert [column.head for column in made.columns[6:]] == ["Accuracy"]
    assert [row[6] for row in made.rows] == [None, pytest.approx(0.2), pytest.approx(0.1)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [("loss < 1", "2"), ("scalar:tf/loss >= 0.5", "21"), ("acc is undefined", "3"), ("flag:loss is undefined", "321")],
)
def test_runs_are_chosen_by_scalars(store: Store, text: str, ids: str) -> None:
    found = listing(store, Wanted(filters=read_filters([text], store.now())))
    assert "".join(run.id[7] for run in found) == ids
