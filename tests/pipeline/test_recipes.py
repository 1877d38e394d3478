"""The recipes that ship, each built from the real package index or the stand-in, each as its lock says."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.standin import layout
from tests.support.githttp import serving
from tests.support.guild import guild, members
from tests.support.recipes import RECIPES, archive_of, shared_home

__all__ = ["shared_home"]

ROOT = Path(__file__).resolve().parents[2]


def build(name: str, tmp_path: Path, home: Path) -> Path:
    """Build, verify and unpack a shipped recipe; give the folder."""
    archive = archive_of(name, tmp_path, home)
    guild("verify", archive, cwd=tmp_path).ok()
    guild("lint", archive.parent, archive, cwd=tmp_path).ok()
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "xf", archive, "-C", unpacked], check=True)
    return unpacked


def idx(path: Path) -> tuple[tuple[int, ...], bytes]:
    """Read an IDX file: its dimensions and its bytes."""
    data = gzip.decompress(path.read_bytes())
    count = data[3]
    return struct.unpack(f">{count}I", data[4 : 4 + 4 * count]), data[4 + 4 * count :]


@pytest.mark.registry
def test_digits_are_1797_images_in_the_format_of_mnist(tmp_path: Path, shared_home: Path) -> None:
    package = build("digits", tmp_path, shared_home)
    shapes = {path.name: idx(path)[0] for path in package.glob("*.gz")}
    assert shapes == {
        "train-images-idx3-ubyte.gz": (1500, 28, 28),
        "train-labels-idx1-ubyte.gz": (1500,),
        "t10k-images-idx3-ubyte.gz": (297, 28, 28),
        "t10k-labels-idx1-ubyte.gz": (297,),
    }
    labels = idx(package / "train-labels-idx1-ubyte.gz")[1] + idx(package / "t10k-labels-idx1-ubyte.gz")[1]
    # what UCI's page of the data set and scikit-learn's documentation give per class
    assert [labels.count(digit) for digit in range(10)] == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.registry
def test_iris_is_two_csv_files(tmp_path: Path, shared_home: Path) -> None:
    package = build("iris", tmp_path, shared_home)
    heads = [(package / name).read_text().splitlines() for name in ("iris_training.csv", "iris_test.csv")]
    assert [lines[0].split(",")[:2] for lines in heads] == [["120", "4"], ["30", "4"]]
    assert [len(lines) for lines in heads] == [121, 31]
    pairs = [line.split() for line in (package / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in pairs}
    assert sums["iris_test.csv"] == hashlib.sha256((package / "iris_test.csv").read_bytes()).hexdigest()


@pytest.mark.registry
def test_the_perceptron_package_holds_patched_upstream_code(tmp_path: Path, shared_home: Path) -> None:
    package = build("sklearn-mlp-src", tmp_path, shared_home)
    assert {path.name for path in package.iterdir()} == {
        ".GuildPkg",
        "Guild",
        "LICENSE",
        "idx.py",
        "plot_mnist_filters.py",
    }
    assert "--hidden-units" in (package / "plot_mnist_filters.py").read_text()


@pytest.fixture
def standin(tmp_path: Path) -> Path:
    """The tutorial's package, built from the stand-in."""
    served = tmp_path / "served"
    served.mkdir()
    layout.make_repository(served / "tensorflow.git")
    recipe = tmp_path / "mnist-tutorial-src"
    layout.lay_recipe(recipe)
    with serving(served) as server:
        guild("package", f"--source=tensorflow={server.url}/tensorflow.git", cwd=recipe).ok()
    return recipe / "mnist-tutorial-src-1.pkg.tar.xz"


def test_the_tutorial_package_is_built_from_the_stand_in(standin: Path) -> None:
    held = {name.removeprefix("./") for name in members(standin)}
    assert held >= {"Guild", "mnist_with_summaries.py", "mnist_softmax_xla.py", "mnist_deep_with_summaries.py"}
    guild("verify", standin, cwd=standin.parent).ok()


@pytest.mark.tensorflow
@pytest.mark.registry
def test_the_tutorials_models_train_on_the_digits(standin: Path, tmp_path: Path, shared_home: Path) -> None:
    """Softmax, softmax-xla and deep, with accuracy and cross entropy logged under train and test."""
    digits = build("digits", tmp_path, shared_home)
    project = tmp_path / "project"
    project.mkdir()
    subprocess.run(["tar", "xf", standin, "-C", project], check=True)
    assert "TF_PYTHON" in os.environ, "`make test` sets TF_PYTHON to an interpreter that has TensorFlow"
    script = ROOT / "scripts" / "train_models.py"
    options: list[str | Path] = [
        "--python",
        os.environ["TF_PYTHON"],
        "--project",
        project,
        "--data",
        digits,
        "--steps",
        "100",
    ]
    ended = subprocess.run([sys.executable, script, *options], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = {line.split()[0]: line.split() for line in ended.stdout.splitlines() if line.split()}
    assert float(rows["softmax"][2]) > 0.8
    assert {"softmax-xla", "deep"} <= rows.keys()


def test_the_ids_of_the_true_tutorial_are_demanded_by_its_recipe() -> None:
    """What the stand-in cannot show: the shipped recipe accepts nothing but the tagged commit's own subtree."""
    recipe = (RECIPES / "mnist-tutorial-src" / "GuildPkg").read_text()
    lock = (RECIPES / "mnist-tutorial-src" / "GuildPkg.lock").read_text()
    for key in ("commit", "tree"):
        wanted = next(line.split("=")[1].strip() for line in recipe.splitlines() if line.strip().startswith(key))
        assert f"{wanted}\n" in lock
