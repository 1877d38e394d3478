"""Patches that mean harm: refused in words, and nothing outside of the tree is looked at."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from guildpkg.core.events import silent
from guildpkg.core.patches.diffs import read_diffs
from guildpkg.errors import PatchError
from guildpkg.patches.apply import apply_patches
from guildpkg.patches.places import before
from guildpkg.patches.read import read_patch


@pytest.mark.parametrize("at", range(4))
def test_a_number_of_thousands_of_digits_is_left_to_git(tmp_path: Path, at: int) -> None:
    numbers = ["1", "1", "1", "1"]
    numbers[at] = "9" * 5000
    hunk = "@@ -{},{} +{},{} @@\n-a\n+b\n".format(*numbers)
    (tmp_path / "a").write_text("a\n")
    data = f"diff --git a/a b/a\n--- a/a\n+++ b/a\n{hunk}".encode()
    assert len(read_diffs(data)[0].hunks) == 1
    context = pytest.raises(PatchError) if at in (1, 3) else contextlib.nullcontext()  # git takes any first line
    with context:
        apply_patches(tmp_path, {"p": data}, git_env=os.environ, report=silent)


@pytest.mark.parametrize("name", ["../secret", "link/secret", "folder/../../secret"])
def test_nothing_outside_of_the_tree_is_read(tmp_path: Path, name: str) -> None:
    tree = tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "link").symlink_to(tmp_path)
    (tmp_path / "secret").write_text("a\n")
    data = f"--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-a\n+b\n".encode()
    assert before(tree, read_patch("p", data, lambda _: True)) == {}
    with pytest.raises(PatchError):
        apply_patches(tree, {"p": data}, git_env=os.environ, report=silent)
