"""``guild compare`` on records that runs left."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from guildpkg.core.runs.record import FlagRow
from tests.support.guild import guild
from tests.support.records import put_run

PROJECT = "- model: iris\n  operations:\n    train:\n      main: train\n      compare: ['=lr as rate', .exit_status]\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three runs of a project, of which the second is the best by its flag."""
    home = Path(os.environ["GUILD_HOME"])
    for number, lr in enumerate((0.1, 0.30000000000000004, None), start=1):
        put_run(home, number, project=str(tmp_path), code=number - 1, flags=(FlagRow("lr", lr),))
    (tmp_path / "guild.yml").write_text(PROJECT)
    return home


def test_the_columns_are_those_of_the_project(home: Path, tmp_path: Path) -> None:
    said = guild("compare", cwd=tmp_path, env={"TZ": "UTC"}).ok()
    assert said.out.splitlines() == [
        "run       operation   started              time     status     label  rate  exit_status",
        "00000003  iris:train  2018-03-08 10:14:12  0:00:01  error (2)               2",
        "00000002  iris:train  2018-03-08 10:13:12  0:00:01  error (1)         0.3   1",
        "00000001  iris:train  2018-03-08 10:12:12  0:00:01  completed         0.1   0",
    ]
    assert "Limiting runs to this project" in said.err


def test_the_best_come_first_and_all_flags_are_shown_without_a_project(home: Path, tmp_path: Path) -> None:
    found = guild("compare", "--all", "--json", "--max", "lr", "--top", "2", cwd=tmp_path).ok().json()
    assert [(row["run"], row["lr"], row["status"]) for row in found] == [
        ("00000002", 0.30000000000000004, "error (1)"),
        ("00000001", 0.1, "completed"),
    ]


def test_a_table_for_programs_is_written_to_a_file(home: Path, tmp_path: Path) -> None:
    guild(
        "compare", "--only-columns", "lr, started", "-F", "lr is not undefined", "--csv", "out.csv", cwd=tmp_path
    ).ok()
    assert list(csv.reader((tmp_path / "out.csv").read_text().splitlines())) == [
        ["run", "lr", "started"],
        ["00000002", "0.30000000000000004", "2018-03-08T10:13:12.000000000Z"],
        ["00000001", "0.1", "2018-03-08T10:12:12.000000000Z"],
    ]
    refused = guild("compare", "--csv", "out.csv", cwd=tmp_path).failed()
    assert "out.csv is there already" in refused.err
    assert guild("compare", "0", "-f", "--csv", "out.csv", cwd=tmp_path).ok().err.endswith("Wrote 1 row to out.csv\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--min", "x"], "there is no column x"),
        (["--min", "lr", "--max", "lr"], "give one of them"),
        (["--csv", "--json"], "give one of them"),
        (["--csv", "0"], "--csv 0: is that a run or a file?"),
        (["--force", "--csv"], "--force goes with --csv FILE"),
        (["-c", "a b"], "'a b' is no column"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_compared_is_told(home: Path, tmp_path: Path, words: list[str], message: str) -> None:
    assert message in guild("compare", *words, cwd=tmp_path).failed(2).err
