"""The iris example: from its data to a trained model, from its folder and from its package."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.guild import guild
from tests.support.recipes import ROOT, archive_of, shared_home

__all__ = ["shared_home"]
MADE = shutil.ignore_patterns("src", "pkg", "logs", "__pycache__", "*.pkg.tar.*", "*.build.json", "GuildPkg.lock")
# stands in for Python: shows what a run was given
LOOKS = "#!/bin/sh\nfor file in data/*; do head -n 1 $file; done\n"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example, in which a test may build."""
    shutil.copytree(ROOT / "examples/iris", tmp_path / "example", ignore=MADE)
    return tmp_path / "example"


def test_the_example_is_sound(example: Path) -> None:
    assert "0 errors, 0 warnings" in guild("check", cwd=example).ok().err
    assert guild("lint", cwd=example).ok().out == ""
    assert guild("operations", cwd=example).ok().out.splitlines() == [
        "./iris:evaluate  Measure the trained model on the test data",
        "./iris:train     Train the model",
    ]


def test_the_page_shows_the_example_as_it_is(example: Path) -> None:
    page = (ROOT / "docs/iris.md").read_text()
    files = {"yaml": "guild.yml", "ini": "GuildPkg", "python": "train.py"}
    blocks = re.findall(r"^```(yaml|ini|python)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for kind, block in blocks:
        for part in block.split("    ...\n"):
            assert part in (example / files[kind]).read_text()
    assert {kind for kind, _ in blocks} == files.keys()


@pytest.mark.registry
def test_the_example_takes_its_data_from_the_package(example: Path, tmp_path: Path, shared_home: Path) -> None:
    """The hashes in the project file are those of the shipped recipe."""
    guild("install", "-q", "-y", archive_of("iris", tmp_path, shared_home), cwd=tmp_path).ok()
    (tmp_path / "looks").write_text(LOOKS)
    (tmp_path / "looks").chmod(0o755)
    ended = guild("train", "-y", "--python", tmp_path / "looks", cwd=example).ok()
    assert ended.out.split() == ["30,4,setosa,versicolor,virginica", "120,4,setosa,versicolor,virginica"]


@pytest.mark.tensorflow
@pytest.mark.registry
def test_the_installed_example_learns_the_flowers(example: Path, tmp_path: Path, shared_home: Path) -> None:
    guild("package", "-q", cwd=example).ok()
    archives = [archive_of("iris", tmp_path, shared_home), example / "iris-dnn-src-1.pkg.tar.xz"]
    guild("install", "-q", "-y", "--no-env", *archives, cwd=tmp_path).ok()
    python = ("-y", "--python", os.environ["TF_PYTHON"])
    ended = guild("train", "iris-dnn-src/iris", *python, cwd=tmp_path, timeout=300).ok()
    assert ended.out.splitlines()[-1].startswith("Epoch 30: loss 0.")
    ended = guild("evaluate", "iris-dnn-src/iris", *python, cwd=tmp_path, timeout=300).ok()
    accuracy = float(ended.out.splitlines()[-1].removeprefix("Test accuracy: "))
    assert accuracy >= 0.9
    files = guild("ls", cwd=tmp_path).ok().out
    assert "data/iris_test.csv" in files
    assert "test/events.out.tfevents" in files
