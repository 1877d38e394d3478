"""Lay out the stand-in: its recipe as a folder to build in, its upstream as a git repository to fetch from.

Imports nothing of guildpkg, so that the demo can run it as a script: ``python tests/standin/layout.py FOLDER``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "recipes" / "mnist-tutorial-src"
TAG = "v1.4.0"
SUBTREE = "tensorflow/examples/tutorials/mnist"
FIRST_COMMIT = 1509494400  # 2017-11-01, the days of that tag
SHARED = ("Guild.in", "mnist_deep_with_summaries.py", "packager")
"""Files of the shipped recipe that serve the stand-in as they are."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A repository to fetch from.

    Attributes:
        path: Where it lies (a bare repository).
        commit: Id of the commit that the tag names.
        tree: Id of the subtree in that commit.
    """

    path: Path
    commit: str
    tree: str


def lay_recipe(target: Path) -> None:
    """Make a recipe folder that builds the stand-in.

    Args:
        target: A folder that does not exist yet.
    """
    shutil.copytree(HERE / "recipe", target)
    for name in SHARED:
        shutil.copy(SHIPPED / name, target / name)
    with (target / "compat.patch").open("a", encoding="utf-8") as patch:
        patch.writelines(added_files((SHIPPED / "compat.patch").read_text(encoding="utf-8")))


def added_files(patch: str) -> list[str]:
    """Give the parts of a git patch that add a file: they quote nobody, and apply wherever the file is not."""
    parts = re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE)
    return [part for part in parts if "\nnew file mode " in part]


def make_repository(target: Path) -> Upstream:
    """Make a bare repository whose tag v1.4.0 has the stand-in, with commits before and after it.

    Args:
        target: A folder that does not exist yet.

    Returns:
        The repository, with the ids that a fetch must come to.
    """
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", target], check=True, env=_settings())
    with tempfile.TemporaryDirectory() as folder:
        history = _History(target, Path(folder))
        history.commit("Begin", {"README.md": "A stand-in.\n", "tensorflow/core/ops.txt": "add\n"})
        history.commit("Sketch the tutorial", {f"{SUBTREE}/mnist.py": "IMAGE_SIZE = 28\n"})
        # not what an interpreter or a linter left there: it would be in the ids
        litter = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(HERE / "upstream", folder, dirs_exist_ok=True, ignore=litter)
        history.commit("Write the tutorial", {})
        # so the tagged commit is not the one that wrote the subtree
        history.commit("Add an op", {"tensorflow/core/ops.txt": "add\nmul\n"})
        history.git("tag", TAG)
        history.commit("Rewrite the tutorial", {f"{SUBTREE}/mnist_deep.py": "raise SystemExit('not this one')\n"})
        history.commit("Add another op", {"tensorflow/core/ops.txt": "add\nmul\nsub\n"})
        # what public hosts allow; whoever tests a server that refuses turns them off
        history.git("config", "uploadpack.allowFilter", "true")
        history.git("config", "uploadpack.allowAnySHA1InWant", "true")
        return Upstream(
            path=target,
            commit=history.git("rev-parse", f"{TAG}^{{commit}}"),
            tree=history.git("rev-parse", f"{TAG}:{SUBTREE}"),
        )


class _History:
    """A bare repository and the folder that its commits are made of."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self._repository = repository
        self._folder = folder
        self._time = FIRST_COMMIT

    def commit(self, message: str, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")
        self._time += 3600

    def git(self, *words: str) -> str:
        where = (f"--git-dir={self._repository}", f"--work-tree={self._folder}")
        env = _settings(self._time)
        done = subprocess.run(["git", *where, *words], cwd=self._folder, check=True, env=env, stdout=subprocess.PIPE)
        return done.stdout.decode().strip()


def _settings(time: int = FIRST_COMMIT) -> dict[str, str]:
    """What git is to know: who and when, always the same, and nothing of the user's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    people = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", "Stand-in"), ("EMAIL", "stand-in@example.invalid"), ("DATE", f"{time} +0000"))
    }
    return {**kept, **people, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def main(arguments: list[str]) -> int:
    """Lay out both below a folder.

    Args:
        arguments: The folder, as its only item.

    Returns:
        The exit code.
    """
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(f"usage: {Path(sys.argv[0]).name} FOLDER\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    lay_recipe(folder / "recipe")
    upstream = make_repository(folder / "tensorflow.git")
    sys.stdout.write(f"{folder / 'recipe'}: the recipe of the stand-in\n")
    sys.stdout.write(f"{upstream.path}: its upstream, {TAG} = {upstream.commit}, subtree {upstream.tree}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
