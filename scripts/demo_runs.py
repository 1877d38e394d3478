"""The third part of `make demo`: train projects and installed packages, and look at their runs."""

from __future__ import annotations

import os
import shutil

from scripts.walk import ROOT, Walk


def train(walk: Walk) -> None:
    """Train the generated sample, the iris example and two installed packages, then compare.

    Args:
        walk: A walk in whose home ``mnist-tutorial-src``, ``sklearn-mlp-src``, ``digits`` and ``iris`` are installed.
    """
    walk.title("A new project trains as it is")
    walk.run(walk.guild, "init", "--project", "sample")
    walk.run(walk.guild, "train", "--yes", "epochs=3", cwd=walk.folder / "sample")
    if os.environ.get("TENSORFLOW") == "yes":
        _train_with_tensorflow(walk)
    else:
        print("\nLeft out, as asked: training with TensorFlow.")
    walk.title("What is known of the runs")
    walk.run(walk.guild, "list-series", "-L")
    walk.run(walk.guild, "runs")
    walk.run(walk.guild, "compare")


def _train_with_tensorflow(walk: Walk) -> None:
    python = f"--python={os.environ['TF_PYTHON']}"
    walk.title("examples/iris: a classifier, trained and evaluated")
    iris = walk.folder / "iris-project"
    shutil.copytree(ROOT / "examples" / "iris", iris)
    walk.run(walk.guild, "train", "--yes", python, cwd=iris)
    walk.run(walk.guild, "evaluate", "--yes", python, cwd=iris)
    walk.title("Installed packages, on the digits that came with them")
    walk.run(walk.guild, "models", "--all")
    walk.run(walk.guild, "train", "sklearn-mlp-src/", "--yes", python, "epochs=5")
    walk.run(walk.guild, "train", "mnist-tutorial-src/softmax", "--yes", python, "max_steps=200")
