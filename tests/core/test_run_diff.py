"""What two sets of values, and two files, have that the other has not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildpkg.core.runs.diff import LARGEST, differences, unified


def test_values_differ_by_kind_too() -> None:
    old = {"same": 1, "kind": 1, "gone": "x", "l10": 1, "l2": 1, "nan": float("nan")}
    new = {"same": 1, "kind": True, "new": None, "l10": 2, "l2": 2, "nan": float("inf")}
    assert list(differences(old, new)) == ["gone", "kind", "l2", "l10", "nan"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"a\nb", b"a\nc\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"),
        (None, b"a\n", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"),
        (b"a\r\n", None, "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\r\n"),
        (b"\0", b"", "x differs, and is no text\n"),
        (b"\xff", b"", "x differs, and is no text\n"),
        (b"", bytes(LARGEST + 1), "x differs, and is too large to be shown\n"),
    ],
    ids=["changed", "new", "gone", "NUL", "no utf-8", "large"],
)
def test_a_file_that_changed(old: bytes | None, new: bytes | None, text: str) -> None:
    assert unified(old, new, "x") == text


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\r", "-- x\n", "\x0c\n"]), max_size=8).map("".join)


@settings(max_examples=15, deadline=None)
@given(LINES, LINES)
def test_git_can_apply_what_is_shown(tmp_path_factory: pytest.TempPathFactory, old: str, new: str) -> None:
    if not (old and new and old != new):
        return
    folder: Path = tmp_path_factory.mktemp("apply")
    (folder / "x").write_bytes(old.encode())
    patch = unified(old.encode(), new.encode(), "x").encode()
    subprocess.run(["git", "apply", "--unsafe-paths", "-"], cwd=folder, input=patch, check=True)
    assert (folder / "x").read_bytes() == new.encode()
