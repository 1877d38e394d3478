"""A series of patches onto a tree: exactly where they fit, or not at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from guildpkg.core.events import Detail, Event, Step, Warn, silent
from guildpkg.errors import PatchError
from guildpkg.patches.apply import apply_patches

ENV = {"PATH": os.environ["PATH"]}
LINES = [f"line {number}\n" for number in range(1, 21)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree, inside of somebody's git repository as a recipe usually is."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    tree = tmp_path / "src"
    tree.mkdir()
    (tree / "a.txt").write_text("".join(LINES))
    return tree


def patch(old: str, new: str, *, name: str = "a.txt", prefix: bool = True, at: int = 10) -> bytes:
    """Change one line, with three lines of context."""
    a, b = ("a/", "b/") if prefix else ("", "")
    before = "".join(f" line {number}\n" for number in range(at - 3, at))
    after = "".join(f" line {number}\n" for number in range(at + 1, at + 4))
    return f"--- {a}{name}\n+++ {b}{name}\n@@ -{at - 3},7 +{at - 3},7 @@\n{before}-{old}\n+{new}\n{after}".encode()


def test_patches_apply_one_upon_the_other_inside_of_a_repository(tree: Path) -> None:
    heard: list[Event] = []
    series = {"1.patch": patch("line 10", "ten"), "2.patch": patch("ten", "TEN")}
    applied = apply_patches(tree, series, git_env=ENV, report=heard.append)
    assert (tree / "a.txt").read_text().splitlines()[9] == "TEN"
    assert heard == [Step("Applying 1.patch"), Step("Applying 2.patch")]
    assert [item.files for item in applied] == [("a.txt",), ("a.txt",)]


def test_a_moved_hunk_applies_and_its_offset_is_told(tree: Path) -> None:
    (tree / "a.txt").write_text("new first line\n" * 3 + "".join(LINES))
    heard: list[Event] = []
    apply_patches(tree, {"p": patch("line 10", "ten")}, git_env=ENV, report=heard.append)
    assert (tree / "a.txt").read_text().splitlines()[12] == "ten"
    assert heard[1:] == [Detail("a.txt: hunk 1 applied at line 10, +3 from its place")]


def test_each_hunk_is_told_by_the_lines_that_it_is_off(tree: Path) -> None:
    (tree / "a.txt").write_text("".join(["new\n" * 2, *LINES[:11], "new\n" * 3, *LINES[11:]]))
    both = patch("line 5", "five", at=5) + patch("line 16", "sixteen", at=16).partition(b"+++ b/a.txt\n")[2]
    applied = apply_patches(tree, {"p": both}, git_env=ENV, report=silent)
    assert [(moved.hunk, moved.line, moved.by) for moved in applied[0].moved] == [(1, 4, 2), (2, 18, 5)]
    assert (tree / "a.txt").read_text().splitlines()[6::14] == ["five", "sixteen"]


def test_a_moved_hunk_that_fits_twice_is_warned_of(tree: Path) -> None:
    (tree / "a.txt").write_text("".join(LINES[5:] + LINES))
    heard: list[Event] = []
    apply_patches(tree, {"p": patch("line 10", "ten")}, git_env=ENV, report=heard.append)
    told = "p: a.txt: hunk 1 applied at line 2, -5 from its place, and what it expects stands in the file 2 times"
    assert heard[2] == Warn(f"{told}: at lines 2, 22; see whether it is where it belongs")


def test_names_without_prefixes_are_understood(tree: Path) -> None:
    apply_patches(tree, {"p": patch("line 10", "ten", prefix=False)}, git_env=ENV, report=silent)
    assert "ten\n" in (tree / "a.txt").read_text()


def test_a_line_of_context_that_differs_is_no_match(tree: Path) -> None:
    (tree / "a.txt").write_text("".join(LINES).replace("line 12", "line twelve"))
    with pytest.raises(PatchError, match=r"p does not apply:\n  patch failed: a.txt:7\n  a.txt: patch does not apply"):
        apply_patches(tree, {"p": patch("line 10", "ten")}, git_env=ENV, report=silent)


def test_a_hunk_that_fails_is_shown_beside_the_nearest_place_that_the_file_has(tree: Path) -> None:
    (tree / "a.txt").write_text("new\n" * 5 + "".join(LINES).replace("line 12", "line twelve"))
    with pytest.raises(PatchError) as caught:
        apply_patches(tree, {"p": patch("line 10", "ten")}, git_env=ENV, report=silent)
    assert str(caught.value).splitlines()[3:] == [
        "  p:3: the nearest place is line 12, where 6 of 7 lines are the same:",
        "    line 17: the patch has 'line 12'",
        "             the file has  'line twelve'",
    ]
    assert "guild patch begin" in caught.value.hint


def test_one_file_that_fails_keeps_the_whole_patch_out(tree: Path) -> None:
    both = patch("line 10", "ten") + patch("line 10", "ten", name="missing.txt")
    with pytest.raises(PatchError, match=r"missing\.txt: No such file") as caught:
        apply_patches(tree, {"p": both}, git_env=ENV, report=silent)
    assert (tree / "a.txt").read_text() == "".join(LINES)
    assert "begin at src/" in caught.value.hint


MADE = "diff --git a/x b/x\nnew file mode {}\nindex 0000000..257cc56\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"
NEW = "--- /dev/null\n+++ b/{}\n@@ -0,0 +1 @@\n+x\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"*** a.txt\n--- b.txt\n***************\n*** 1 ****\n", "is a context diff"),
        (b"1c1\n< line 1\n---\n> one\n", "is a normal diff without file names"),
        (b"2c\nnew\n.\n", "is a script for ed"),
        (b"just text\n", "has no unified diff in it"),
        (b"", "has no unified diff in it"),
        (NEW.format("../../escaped").encode(), "does not apply"),
        (NEW.format("link/escaped").encode(), "does not apply"),
        (b"--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n", "names absolute paths"),
        (b"--- a/a.txt\n+++ b/a.txt\n@@ -1,99999999999999 +1,1 @@\n-x\n", "does not apply"),
        (MADE.format("020644").encode(), r"p:2 is about a device \(mode 020644\)"),
        (MADE.format("160000").encode(), r"p:2 is about a submodule \(mode 160000\)"),
        (MADE.format("104755").encode(), r"p:2 is about a file with bits that are refused"),
        (b"--- a/pipe\n+++ b/pipe\n@@ -1 +1 @@\n-a\n+b\n", "does not apply"),
        (b"--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-line 1\r\n+new\r\n", "end in LF, those of the patch in CRLF"),
        (b"--- a/a.txt\n+++ b/a.txt\n@@ -2,0 +3 @@\n+new\n", r"p:3 inserts lines without any context"),
    ],
    ids=[
        "context",
        "normal",
        "ed",
        "text",
        "empty",
        "escaping",
        "through a link",
        "absolute",
        "huge count",
        "device",
        "submodule",
        "set-user-id",
        "onto a pipe",
        "other line ends",
        "no context",
    ],
)
def test_what_is_no_sound_patch_is_refused_and_changes_nothing(tree: Path, data: bytes, message: str) -> None:
    (tree / "link").symlink_to(tree.parent)
    os.mkfifo(tree / "pipe")
    before = sorted(tree.parent.iterdir())
    with pytest.raises(PatchError, match=message):
        apply_patches(tree, {"p": data}, git_env=ENV, report=silent)
    assert (tree / "a.txt").read_text() == "".join(LINES)
    assert sorted(tree.parent.iterdir()) == before


def test_lines_of_content_that_look_like_headers_are_content(tree: Path) -> None:
    (tree / "a.txt").write_text("-- /etc/passwd\n++ x\nlast\n")
    data = b"--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,2 @@\n--- /etc/passwd\n+++ /tmp/x\n-++ x\n last\n"
    apply_patches(tree, {"p": data}, git_env=ENV, report=silent)
    assert (tree / "a.txt").read_text() == "++ /tmp/x\nlast\n"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("lib/new.txt", "lib/new.txt"),
        ("old/lib/new.txt", "lib/new.txt"),
        ("new.txt", "new.txt"),
        ("b/new.txt", "new.txt"),
    ],
)
def test_a_new_file_goes_where_its_folder_is(tree: Path, name: str, place: str) -> None:
    (tree / "lib").mkdir()
    data = f"--- /dev/null\n+++ {name}\n@@ -0,0 +1 @@\n+x\n".encode()
    apply_patches(tree, {"p": data}, git_env=ENV, report=silent)
    assert (tree / place).read_text() == "x\n"


def test_folders_of_another_name_are_stripped_by_looking(tree: Path) -> None:
    data = patch("line 10", "ten", name="x/thing-1.orig/a.txt", prefix=False)
    data = data.replace(b"+++ x/thing-1.orig/", b"+++ x/thing-1/")
    apply_patches(tree, {"p": data}, git_env=ENV, report=silent)
    assert "ten\n" in (tree / "a.txt").read_text()
