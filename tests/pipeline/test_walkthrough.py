"""The walk-through from `mkdir` to the working copy, with the stand-in for its upstream."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.standin import layout
from tests.support.githttp import serving
from tests.support.guild import guild, members

RECIPE = """\
#-*-conf-*-

[package]

  name = mnist-tutorial-src
  version = 1
  source = https://github.com/tensorflow/tensorflow/tree/master/tensorflow/examples/tutorials/mnist
  packager = packager

[references]

  github = https://github.com/tensorflow/tensorflow/tree/master/tensorflow/examples/tutorials/mnist
"""
NINE = {
    "BUILD",
    "__init__.py",
    "fully_connected_feed.py",
    "input_data.py",
    "mnist.py",
    "mnist_deep.py",
    "mnist_softmax.py",
    "mnist_softmax_xla.py",
    "mnist_with_summaries.py",
}


@dataclass(frozen=True)
class Upstream:
    """The stand-in at the true one's address, as git's own settings redirect it."""

    url: str
    made: layout.Upstream


@pytest.fixture
def upstream(tmp_path: Path, no_real_home: Path) -> Iterator[Upstream]:
    served = tmp_path / "served" / "tensorflow"
    served.mkdir(parents=True)
    made = layout.make_repository(served / "tensorflow.git")
    subprocess.run(["git", "-C", made.path, "branch", "master", layout.TAG], check=True)
    with serving(tmp_path / "served") as server:
        redirect = f'[url "{server.url}/"]\n\tinsteadOf = https://github.com/\n'
        (no_real_home / "gitconfig").write_text(redirect)
        yield Upstream(server.url, made)


def test_the_first_build_of_a_new_recipe_says_what_is_to_do(tmp_path: Path) -> None:
    guild("init", "--package", "fresh", cwd=tmp_path).ok()
    said = guild("package", cwd=tmp_path / "fresh").ok()
    assert said.steps[:6] == [
        "Using packager",
        "Running build",
        "TODO Perform any build steps here",
        "Running package",
        "TODO Copy packages here",
        "Creating fresh-1.pkg.tar.xz",
    ]
    assert members(tmp_path / "fresh" / "fresh-1.pkg.tar.xz") == ["./", "./.GuildPkg"]


def test_the_walk_through_works_as_written(tmp_path: Path, upstream: Upstream) -> None:
    folder = tmp_path / "mnist-tutorial-src"
    folder.mkdir()
    guild("init", "--package", cwd=folder).ok()
    (folder / "GuildPkg").write_text(RECIPE)
    said = guild("package", cwd=folder).ok()
    assert [line for line in said.steps if line.split()[0] in ("Downloading", "Extracting", "Creating")] == [
        "Downloading https://github.com/tensorflow/tensorflow.git",
        "Extracting tensorflow/examples/tutorials/mnist",
        "Creating mnist-tutorial-src-1.pkg.tar.xz",
    ]
    subtree = folder / "src" / layout.SUBTREE
    assert {path.name for path in subtree.iterdir()} == NINE
    assert {str(path.relative_to(folder / "src")) for path in (folder / "src").rglob("*") if path.is_file()} == {
        f"{layout.SUBTREE}/{name}" for name in NINE
    }
    assert list((folder / "pkg").iterdir()) == []
    assert members(folder / "mnist-tutorial-src-1.pkg.tar.xz") == ["./", "./.GuildPkg"]
    shutil.copytree(folder / "src", folder / "working")
    assert upstream.made.tree in (folder / "GuildPkg.lock").read_text()


def test_the_second_build_downloads_nothing(tmp_path: Path, upstream: Upstream) -> None:
    folder = tmp_path / "mnist-tutorial-src"
    guild("init", "--package", folder, cwd=tmp_path).ok()
    (folder / "GuildPkg").write_text(RECIPE)
    guild("package", cwd=folder).ok()
    said = guild("package", "--offline", "--locked", cwd=folder).ok()
    assert not [line for line in said.steps if line.startswith("Downloading")]
