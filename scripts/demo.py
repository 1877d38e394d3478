"""`make demo`: build real packages, publish and install them, train from what was installed, look at the runs.

The upstream of mnist-tutorial-src is the true one where it can be reached. Elsewhere a stand-in of our own writing
takes its place, served by git over HTTP on loopback; the output says which it was.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from scripts.demo_index import publish_and_install
from scripts.demo_runs import train
from scripts.walk import ROOT, Walk, reachable
from tests.standin import layout
from tests.support.githttp import serving


def main() -> None:
    """Run the demo in ``build/demo``."""
    walk = Walk.fresh(ROOT / "build" / "demo")
    print(f"Everything happens in {walk.folder.relative_to(ROOT)}, with a home of its own.")
    walk.title("digits: real data out of scikit-learn's source release, as MNIST-format files")
    digits = walk.build(walk.recipe("digits"))
    walk.title("iris: data out of the same release")
    iris = walk.build(walk.recipe("iris"))
    walk.title("sklearn-mlp-src: real training code out of the same release, patched")
    perceptron = walk.build(walk.recipe("sklearn-mlp-src"))
    walk.title("mnist-tutorial-src: a subtree of a large repository, patched")
    mnist = _mnist(walk)
    walk.run(walk.guild, "inspect", mnist)
    walk.title("The same recipe once more, from the lock and the cache: nothing is fetched, the bytes are the same")
    before = mnist.read_bytes()
    walk.run(walk.guild, "package", "--locked", "--offline", "-v", cwd=mnist.parent)
    if mnist.read_bytes() != before:
        sys.exit("the second build gave other bytes")
    print("same bytes")
    train(publish_and_install(walk, [digits, iris, perceptron, mnist], newer=iris.parent))


def _mnist(walk: Walk) -> Path:
    upstream = os.environ["UPSTREAM"]
    if reachable(upstream):
        print(f"upstream: {upstream}")
        return walk.build(walk.recipe("mnist-tutorial-src"), "--source", f"tensorflow={upstream}")
    print("upstream: the true one cannot be reached from here; a stand-in of our own writing takes its place")
    served = walk.folder / "served"
    served.mkdir()
    made = layout.make_repository(served / "tensorflow.git")
    print(f"stand-in: commit {made.commit}, subtree {made.tree}")
    recipe = walk.folder / "mnist-tutorial-src"
    layout.lay_recipe(recipe)
    with serving(served) as server:
        return walk.build(recipe, "--source", f"tensorflow={server.url}/tensorflow.git")


if __name__ == "__main__":
    main()
