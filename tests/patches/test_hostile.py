"""Patches that mean harm: refused in words, and nothing outside of the tree is looked at."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.events import Event, Warn, silent
from guildpkg.core.patches.diffs import read_diffs
from guildpkg.errors import PatchError
from guildpkg.patches.apply import apply_patches
from guildpkg.patches.places import before, places_of
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


def test_a_large_hunk_that_fits_everywhere_takes_no_longer_than_git_does(tmp_path: Path) -> None:
    """Line by line it would be twenty thousand million comparisons."""
    (tmp_path / "f").write_bytes(b"\n" * 450_000 + b"end\n")
    body = b" \n" * 3 + b"+x\n" + b" \n" * 149_997
    data = b"--- a/f\n+++ b/f\n@@ -450000,150000 +450000,150001 @@\n" + body
    heard: list[Event] = []
    apply_patches(tmp_path, {"p": data}, git_env=os.environ, report=heard.append)
    (warned,) = (event for event in heard if isinstance(event, Warn))
    assert "stands in the file more than 5 times: at lines 1, 2, 3, 4, 5, ...;" in str(warned)


@given(wanted=st.lists(st.sampled_from([b"", b"a", b"ab"]), min_size=1, max_size=3), content=st.binary(max_size=12))
def test_the_places_of_lines_are_those_at_which_they_stand(wanted: list[bytes], content: bytes) -> None:
    content = bytes(b"ab\n"[byte % 3] for byte in content)
    lines, size = content.split(b"\n"), len(wanted)
    found = [at + 1 for at in range(len(lines)) if lines[at : at + size] == wanted]
    assert list(places_of(wanted, content)) == found
