"""The series of a run as commands read them."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from guildpkg.pipeline.runs import series as pipeline
from guildpkg.pipeline.runs.chosen import open_store
from guildpkg.pipeline.runs.fields import chart_lines, field_values
from guildpkg.pipeline.runs.series import latest_of, series_of
from guildpkg.project.load import load
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from tests.support.eventfiles import event, framed, put_events, scalars, simple, tensor
from tests.support.records import put_run


@pytest.fixture
def home() -> Path:
    return Path(os.environ["GUILD_HOME"])


@pytest.fixture
def run(home: Path) -> Run:
    return put_run(home, 1)


def test_keys_are_folders_below_rundir_and_tags(home: Path, run: Run) -> None:
    put_events(run.files, scalars("loss", 3, 2))
    put_events(run.files / "train", scalars("loss", 1, 0.5), framed(event(7, tensor("acc", 0.25))))
    found = series_of(open_store(home), run)
    assert list(found.latest) == ["tf/loss", "tf/train/acc", "tf/train/loss"]
    assert [(one.count, one.step, one.value) for one in found.latest.values()] == [(2, 1, 2), (1, 7, 0.25), (2, 1, 0.5)]


def test_a_pattern_is_for_the_whole_key(home: Path, run: Run) -> None:
    put_events(run.files / "train", scalars("loss", 1, 0.5), scalars("loss_2", 1))
    found = series_of(open_store(home), run).read("tf/.*/loss", "tf/train/l.*")
    assert list(found) == ["tf/train/loss", "tf/train/loss_2"]
    np.testing.assert_array_equal(found["tf/train/loss"].steps, [0, 1])
    np.testing.assert_array_equal(found["tf/train/loss"].times, [1_700_000_000 * 10**9, 1_700_000_001 * 10**9])


def test_many_runs_are_looked_at_at_once(home: Path, run: Run) -> None:
    store = open_store(home)
    put_events(run.files, framed(event(3, simple("a", 1), simple("b", 2))))
    put_run(home, 2)
    found = latest_of(store, store.summaries(), "tf/b")
    assert {name[-8:]: [(key, one.value) for key, one in known.items()] for name, known in found.items()} == {
        "00000002": [],
        "00000001": [("tf/b", 2.0)],
    }


def test_the_fields_of_a_project_are_filled_in(home: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "Guild").write_text(GUILD)
    put_events(run.files / "train", scalars("acc", 0.1, 0.2, 0.975))
    project = load(tmp_path)
    assert [(one.label, one.text, one.key) for one in field_values(open_store(home), run, project)] == [
        ("Validation Accuracy", "97.50%", "tf/train/acc"),
        ("Steps", "2", "tf/train/acc"),
        ("Time", "0:00:02", "tf/train/acc"),
        ("epochs", "10", "epochs"),
        ("Operation", "train", "op"),
        ("Loss", "--", ""),
    ]
    (chart,) = project.series
    lines = chart_lines(series_of(open_store(home), run), chart, most=4)
    assert {key: line.values.tolist() for key, line in lines.items()} == {
        "tf/train/acc": pytest.approx([0.1, 0.2, 0.975])
    }


GUILD = """
[project]
  name = x
[field "accuracy"]
  @attrs template "accuracy-field"
  source = series/tf/.*/acc
[field "steps"]
  @attrs template "steps-field"
  source = series/tf/.*/acc
[field "time"]
  @attrs template "time-field"
  source = series/tf/.*/acc
[field "epochs"]
  source = flags
[field "op"]
  label = Operation
  source = attrs
[field "loss"]
  @attrs template "loss-field"
  source = series/tf/.*/loss
[series "accuracy"]
  @attrs template "accuracy-series"
  source = series/tf/.*/acc
"""


def test_runs_that_are_over_are_looked_at_once(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    put_events(run.files, scalars("a", 1))
    put_events(put_run(home, 2, code=None).files, scalars("a", 2))
    store = open_store(home)
    later = replace(store, now=lambda: time.time_ns() + 60 * 10**9)
    looked: list[str] = []
    true = pipeline.series_of

    def look(store: Runs, run: Run) -> pipeline.RunSeries:
        looked.append(run.short)
        return true(store, run)

    monkeypatch.setattr(pipeline, "series_of", look)

    def values() -> list[float]:
        return [known["tf/a"].value for known in latest_of(later, later.summaries(), ".*").values()]

    assert values() == [2, 1]
    assert values() == [2, 1]
    assert looked == ["00000002", "00000001", "00000002"]
    put_events(run.files, scalars("a", 3), name="2.host")
    assert values() == [2, 3]
    (home / "cache" / "series.sqlite").write_bytes(b"not ours" * 1000)
    assert values() == [2, 3]
    assert values() == [2, 3]
