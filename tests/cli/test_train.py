"""Starting runs, as processes and as a user types it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.guild import Said, argv, guild

SHOW = "import os, sys\nprint(sys.argv[1:], os.path.basename(os.getcwd()))\nprint('oops', file=sys.stderr)\n"
YAML = """\
- model: iris
  operations:
    train:
      main: train
      flags:
        epochs: {default: 20, type: int, min: 1}
        batch-size: 64
        learning-rate: 0.01
        shuffle: no
    fail: {exec: "sh -c 'exit 7'"}
    both: {steps: [train epochs=1, fail, train epochs=2]}
"""
INI = """\
[model "softmax"]
  train   = train
  prepare = train --prepare
[flags]
  data_dir  = data
  log_dir   = $RUNDIR
  max_steps = 1000
  fake_data =
[flags "quick"]
  max_steps = 0100
"""


@pytest.fixture
def yaml(tmp_path: Path) -> Path:
    (tmp_path / "guild.yml").write_text(YAML)
    (tmp_path / "train.py").write_text(SHOW)
    return tmp_path


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    (tmp_path / "Guild").write_text(INI)
    (tmp_path / "train.py").write_text(SHOW)
    return tmp_path


def answered(answer: str, *words: str, cwd: Path) -> Said:
    """Run a command and type an answer."""
    ended = subprocess.run(argv(*words), cwd=cwd, input=answer.encode(), capture_output=True, timeout=60, check=False)
    return Said(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def test_the_prompt_shows_the_flags_and_enter_accepts_them(yaml: Path) -> None:
    said = answered("\n", "train", cwd=yaml).ok()
    assert said.out == "['--batch-size', '64', '--epochs', '20', '--learning-rate', '0.01'] files\n"
    assert said.err == (
        "You are about to run ./iris:train\n  batch-size: 64\n  epochs: 20\n  learning-rate: 0.01\n  shuffle: false\n"
        "Continue? (Y/n) oops\n"
    )


def test_any_other_answer_runs_nothing(yaml: Path) -> None:
    assert answered("n\n", "train", cwd=yaml).ok().out == ""
    assert guild("runs", cwd=yaml).ok().out == ""


def test_without_an_answer_the_way_out_is_named(yaml: Path) -> None:
    assert "-y goes on without asking" in guild("train", cwd=yaml).failed().err


def test_a_guild_file_runs_at_once_in_its_folder_with_its_flags_as_they_stand(ini: Path) -> None:
    said = guild("train", "--profile", "quick", "-F", "dropout=0.90", cwd=ini).ok()
    rundir = guild("list-runs", cwd=ini).ok().out.strip() + "/files"
    words = ["--data_dir", "data", "--log_dir", rundir, "--max_steps", "0100", "--fake_data", "--dropout", "0.90"]
    assert said.out == f"{words} {ini.name}\n"


def test_prepare_of_a_guild_file_is_no_run(ini: Path) -> None:
    assert guild("prepare", cwd=ini).ok().out.startswith("['--prepare', '--data_dir', 'data'")
    assert guild("runs", cwd=ini).ok().out == ""


def test_the_code_of_the_operation_is_passed_through(yaml: Path) -> None:
    assert guild("run", "fail", "-y", cwd=yaml).failed(7).out == ""


def test_steps_run_one_after_the_other_until_one_fails(yaml: Path) -> None:
    said = guild("run", "both", "-y", cwd=yaml).failed(7)
    assert "'--epochs', '1'" in said.out
    assert [row["operation"] for row in guild("runs", "--json", cwd=yaml).json()] == ["iris:fail", "iris:train"]


def test_all_that_is_wrong_with_the_flags_is_told_at_once(yaml: Path) -> None:
    said = guild("train", "epochs=x", "learning-rat=1", cwd=yaml).failed()
    assert said.err == (
        "guild: guild.yml:3: train has no flag learning-rat (did you mean learning-rate?)\n"
        "guild.yml:6: flag epochs: 'x' is not a whole number\n"
    )
