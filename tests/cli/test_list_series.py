"""``guild list-series`` and ``guild list-attrs``."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from guildpkg.core.runs.record import FlagRow
from guildpkg.stores.runs_folder import Run
from tests.support.eventfiles import framed, put_events, scalars
from tests.support.guild import guild
from tests.support.records import put_run


@pytest.fixture
def run() -> Run:
    run = put_run(Path(os.environ["GUILD_HOME"]), 1, label="first")
    put_events(run.files / "train", scalars("loss", 3, 0.5), scalars("acc", float("nan")))
    return run


def test_keys_are_listed_in_order_and_with_their_last_values_on_request(run: Run, tmp_path: Path) -> None:
    assert guild("list-series", "-L", cwd=tmp_path).ok().out == "tf/train/acc\ntf/train/loss\n"
    said = guild("list-series", "-v", run.path, cwd=tmp_path).ok().out
    assert said == "tf/train/acc   1  0  NaN\ntf/train/loss  2  1  0.5\n"
    acc, loss = guild("list-series", "-L", "--json", cwd=tmp_path).ok().json()
    assert (acc["value"], acc["text"]) == (None, "NaN")
    assert loss == {
        "key": "tf/train/loss",
        "count": 2,
        "step": 1,
        "time": "2023-11-14T22:13:21.000000000Z",
        "value": 0.5,
        "text": "0.5",
    }


def test_a_damaged_record_is_named_and_the_others_are_listed(run: Run, tmp_path: Path) -> None:
    put_events(run.files, scalars("a", 1), framed(b"x" * 30)[:-1] + b"\0", scalars("b", 1))
    said = guild("list-series", "-L", cwd=tmp_path).ok()
    assert "tf/a\ntf/b\n" in said.out
    assert "warning: events.out.tfevents.1.host, byte " in said.err


def test_a_run_without_series_says_so(tmp_path: Path) -> None:
    put_run(Path(os.environ["GUILD_HOME"]), 1)
    said = guild("list-series", "-L", cwd=tmp_path).ok()
    assert (said.out, said.err) == ("", "The run has no series\n")
    assert "either RUNDIR or --latest-run" in guild("list-series", cwd=tmp_path).failed(2).err


def test_attributes_are_listed(run: Run, tmp_path: Path) -> None:
    (run.path / "attrs.json").write_text('{"system": {"cpu_cores": "2"}, "vcs": {"dirty": true}}')
    said = guild("list-attrs", "-L", cwd=tmp_path).ok().out
    assert said.startswith("model: iris\nop: train\ncmd: python -um train --epochs 10\n")
    assert "label: first\n" in said
    assert said.endswith("cpu_cores: 2\nvcs_dirty: yes\n")
    assert guild("list-attrs", "--json", run.files, cwd=tmp_path).ok().json()["operation"] == "iris:train"


def test_the_fields_of_the_project_are_shown_for_a_run(run: Run, tmp_path: Path) -> None:
    fields = ("runs", "info", "--fields", "--all", "0")
    assert "the project of run 00000001 is not there" in guild(*fields, cwd=tmp_path).failed().err
    text = '[field "{}"]\n  @attrs template "{}-field"\n  source = series/tf/train/{}\n'
    (tmp_path / "Guild").write_text(text.format("loss", "loss", "loss") + text.format("accuracy", "accuracy", "none"))
    assert guild(*fields, cwd=tmp_path).ok().out == "Loss                 0.500\nValidation Accuracy  --\n"
    loss, accuracy = guild(*fields, "--json", cwd=tmp_path).ok().json()
    assert (loss["value"], loss["key"], accuracy["value"]) == (0.5, "tf/train/loss", None)


def test_a_flag_that_is_no_number_of_json_is_text_there(tmp_path: Path) -> None:
    run = put_run(Path(os.environ["GUILD_HOME"]), 1, flags=(FlagRow("limit", math.inf, ".inf"),))
    said = guild("runs", "info", "--json", run.short, cwd=tmp_path).ok()
    assert json.loads(said.out, parse_constant=pytest.fail)["flags"] == {"limit": "inf"}
