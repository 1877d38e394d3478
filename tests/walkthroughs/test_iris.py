"""The tutorial that develops a model from scratch: each of its commands, as a process, in its order."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.guild import Said, argv, guild
from tests.support.httpserver import serving

LIMITED = "Limiting models to the current directory (use --all to include all)"
PROMPT = [
    "You are about to run ./iris:train",
    "  batch-size: 64",
    "  epochs: 20",
    "  learning-rate: 0.01",
    "Continue? (Y/n) ",
]


@pytest.fixture
def iris(tmp_path: Path) -> Path:
    """The generated project, with the description that the tutorial gives it."""
    guild("init", "--project", "iris", cwd=tmp_path).ok()
    file = tmp_path / "iris" / "guild.yml"
    file.write_text(file.read_text().replace("TODO - model description", "DNN classifier for Iris data"))
    return tmp_path / "iris"


def train(project: Path, answer: str, *words: str) -> Said:
    """Run `guild train` and type an answer to its prompt; the loop of the sample is made to hurry."""
    script = project / "train.py"
    script.write_text(script.read_text().replace("time.sleep(0.05)", "time.sleep(0)"))
    ended = subprocess.run(
        argv("train", *words), cwd=project, input=answer.encode(), capture_output=True, check=False, env=os.environ
    )
    return Said(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def test_init_writes_the_project_file_and_the_script(tmp_path: Path) -> None:
    guild("init", "--project", "iris", cwd=tmp_path).ok()
    assert {"guild.yml", "train.py"} <= {path.name for path in (tmp_path / "iris").iterdir()}


def test_help_shows_what_is_in_the_project_file(iris: Path) -> None:
    lines = [line.strip() for line in guild("help", cwd=iris).ok().out.splitlines()]
    assert {"OVERVIEW", "MODELS", "iris", "Operations:", "train", "Train the model"} <= set(lines)
    assert any("Number of epochs to train" in line and "20" in line for line in lines)


def test_models_shows_the_description_that_was_edited(iris: Path) -> None:
    said = guild("models", cwd=iris).ok()
    assert (said.out, said.steps) == ("./iris  DNN classifier for Iris data\n", [LIMITED])


def test_operations_shows_train(iris: Path) -> None:
    assert guild("operations", cwd=iris).ok().out == "./iris:train  Train the model\n"


def test_train_asks_and_runs_when_enter_is_pressed(iris: Path) -> None:
    said = train(iris, "\n").ok()
    assert said.err.startswith("\n".join(PROMPT))
    assert "Resolving data dependency" in said.err
    model = "Training sample model (batch-size: 64, learning-rate: 0.01): epoch"
    assert said.out.splitlines()[:20] == [f"{model} {number}" for number in range(1, 21)]


def test_train_does_nothing_when_the_answer_is_no(iris: Path) -> None:
    assert train(iris, "n\n").ok().out == ""
    assert guild("runs", "--json", cwd=iris).ok().json() == []


def test_a_flag_that_was_given_is_asked_about_and_handed_over(iris: Path) -> None:
    said = train(iris, "\n", "batch-size=100", "epochs=1").ok()
    assert "  batch-size: 100" in said.steps
    assert said.out.startswith("Training sample model (batch-size: 100, learning-rate: 0.01): epoch 1\n")


def test_without_an_answer_nothing_runs(iris: Path) -> None:
    said = train(iris, "").failed()
    assert "-y" in said.steps[-1]


def test_data_at_a_url_are_downloaded_once(iris: Path) -> None:
    file, digest = iris / "guild.yml", hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    with serving() as server:
        url = server.put("/data.csv", "a,b\n1,2\n")
        lines = file.read_text().replace("- file: data.csv", f"- url: {url}\n          sha256: {digest}")
        file.write_text(lines)
        first, second = train(iris, "\n").ok(), train(iris, "\n").ok()
    assert [line for line in first.steps if "data" in line] == ["Resolving data dependency", f"Downloading {url}"]
    assert not [line for line in second.steps if line.startswith("Downloading")]
    assert "Saw 1 examples 20 times" in second.out
