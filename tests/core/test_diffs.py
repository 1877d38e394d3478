"""Reading unified diffs: which files, which hunks, and nothing out of what the hunks hold."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.patches.diffs import NOTHING, name_of, read_diffs, without

LINE = st.sampled_from(["-- a/x", "++ b/x", "@@ -1 +1 @@", "diff --git a/x b/x", "", "x", " y", "\\ No newline"])
TEXT = st.lists(LINE, max_size=12)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_whatever_the_content_the_files_and_the_hunks_are_counted(pairs: list[tuple[list[str], list[str]]]) -> None:
    text, hunks = "", []
    for number, (old, new) in enumerate(pairs):
        lines = list(difflib.unified_diff(old, new, f"a/{number}", f"b/{number}", lineterm=""))
        text += "".join(f"{line}\n" for line in lines)
        if lines:
            changes = difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(3)
            hunks.append((f"b/{number}".encode(), sum(1 for _ in changes)))
    assert [(diff.new, len(diff.hunks)) for diff in read_diffs(text.encode())] == hunks


@given(st.binary(max_size=300))
def test_anything_can_be_read(data: bytes) -> None:
    for diff in read_diffs(b"--- a\n+++ b\n@@ -1,9 +1,9 @@\n" + data):
        assert diff.line >= 1


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"a/b.txt", b"a/b.txt"),
        (b"a/b c.txt\t2017-01-01 00:00:00", b"a/b c.txt"),
        (b'"a/\\303\\244 \\"q\\".txt"', b'a/\xc3\xa4 "q".txt'),
        (b"a/b.txt\r", b"a/b.txt"),
        (b"/dev/null", NOTHING),
    ],
)
def test_names_are_read_as_they_are_written(written: bytes, name: bytes) -> None:
    assert name_of(written) == name


def test_what_only_gits_header_names_is_a_file_too() -> None:
    data = b"From: me\n\ndiff --git a/x b/x\nold mode 100644\nnew mode 100755\ndiff --git a/y b/z\nrename from y\n"
    assert [(diff.line, diff.is_git, diff.names) for diff in read_diffs(data)] == [(3, True, ()), (6, True, ())]


@pytest.mark.parametrize(("level", "left"), [(0, b"a/b/c"), (1, b"b/c"), (2, b"c"), (3, b"")])
def test_leading_parts_are_taken_away(level: int, left: bytes) -> None:
    assert without(b"a/b/c", level) == left
