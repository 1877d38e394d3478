"""`make test-upstream`: the true recipe from its true upstream, or from a mirror of it.

Builds mnist-tutorial-src, whose recipe demands the commit and the tree of TensorFlow v1.4.0, builds digits, and trains
the three models for a thousand steps.
"""

from __future__ import annotations

import sys

from scripts.walk import ROOT, Walk, train


def main(upstream: str) -> None:
    """Build and train; any failure ends the program with an error.

    Args:
        upstream: URL of the repository to fetch from.
    """
    walk = Walk.fresh(ROOT / "build" / "test-upstream")
    walk.title(f"mnist-tutorial-src from {upstream}")
    recipe = walk.recipe("mnist-tutorial-src")
    lock = recipe / "GuildPkg.lock"
    shipped = lock.read_bytes()
    # as if there were no lock: the tag is looked up, and what it has is held against the ids in the recipe
    walk.run(walk.guild, "lock", "--update", "-v", "--source", f"tensorflow={upstream}", cwd=recipe)
    if lock.read_bytes() != shipped:
        sys.exit("the upstream has something else than the lock that ships with the recipe")
    mnist = walk.build(recipe, "--locked", "--offline", "-v")
    walk.run(walk.guild, "inspect", mnist)
    walk.title("digits")
    digits = walk.build(walk.recipe("digits"))
    walk.title("Train the three models")
    train(walk, walk.unpack(mnist, "mnist-tutorial-src"), walk.unpack(digits, "digits"), steps=1000)


if __name__ == "__main__":
    main(sys.argv[1])
