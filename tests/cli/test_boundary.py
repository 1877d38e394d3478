"""How a command can end: what is said, and the exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.guild import Said, guild, make_recipe

ROOT = Path(__file__).parents[2]
BOOM = [sys.executable, "-m", "tests.cli.boom"]

LOOK = "something there is missing, in the way or being changed: look, and if all is well run it with `guild --debug`"
DENIED = "Permission denied\n  hint: look at the permissions of the file and of the folders above it"


def boom(*words: str) -> Said:
    """Run a `guild` that has the command boom."""
    ended = subprocess.run([*BOOM, *words], cwd=ROOT, capture_output=True, timeout=60, check=False)
    return Said(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("refusal", 1, "guild: it is torn\nhere and there\n  hint: mend it\n"),
        ("hostile", 1, "guild: a\\x1b[2Jb\n  hint: c\\x07\\nd\n"),
        ("no hint", 1, "guild: no\n"),
        ("usage", 2, "guild: not like this\n"),
        ("interrupt", 130, "guild: interrupted\n"),
        ("seven", 7, ""),
    ],
)
def test_an_end_on_purpose_is_one_message_a_hint_and_its_code(how: str, code: int, said: str) -> None:
    assert boom("boom", how) == Said(code, "", said)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            "EACCES",
            "some/file: Permission denied\n  hint: look at the permissions of the file and of the folders above it",
        ),
        ("EROFS", "some/file: Read-only file system\n  hint: choose a folder that can be written to"),
        ("ENOSPC", "some/file: No space left on device\n  hint: free some space and run it again"),
        ("EDQUOT", "some/file: Disk quota exceeded\n  hint: free some space and run it again"),
        ("EFBIG", "some/file: File too large\n  hint: free some space and run it again"),
        ("ENAMETOOLONG", "some/file: File name too long\n  hint: choose a shorter name"),
        ("ELOOP", "some/file: Too many levels of symbolic links\n  hint: a symbolic link on the way leads to itself"),
        ("EMFILE", "some/file: Too many open files\n  hint: allow the process more open files: ulimit -n"),
        ("EIO", "some/file: Input/output error\n  hint: look at the health of the disk"),
        ("ENOENT", f"some/file: No such file or directory\n  hint: {LOOK}"),
        ("EISDIR", f"some/file: Is a directory\n  hint: {LOOK}"),
        ("two names", f"a\\xff and b\\nc: {DENIED}"),
    ],
)
def test_trouble_of_the_machine_is_told_like_any_refusal(how: str, said: str) -> None:
    assert boom("boom", how) == Said(1, "", f"guild: {said}\n")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("bug", "KeyError: 'x\\x1b[31m'"),
        ("end of file", "EOFError: behind the end"),
        ("pipe", "BrokenPipeError: [Errno 32] Broken pipe"),
        ("recursion", "RecursionError: too deep"),
        ("memory", "MemoryError: "),
        ("nameless", "FileNotFoundError: [Errno 2] No such file or directory"),
    ],
)
def test_a_bug_is_one_line_that_asks_for_a_report(how: str, said: str) -> None:
    """Also one that click would take for something else: the end of a file for Ctrl-C, a broken pipe for nothing."""
    hint = "this is a bug: please report it, with what `guild --debug` shows of it"
    assert boom("boom", how) == Said(1, "", f"guild: internal error: {said}\n  hint: {hint}\n")


@pytest.mark.parametrize(
    ("how", "code", "last"),
    [
        ("bug", 1, "  hint: this is a bug: please report it"),
        ("refusal", 1, "  hint: mend it"),
        ("usage", 2, "guild: not like this"),
        ("EACCES", 1, "  hint: look at the permissions of the file and of the folders above it"),
    ],
)
def test_debug_shows_the_traceback_and_changes_nothing_else(how: str, code: int, last: str) -> None:
    said = boom("--debug", "boom", how)
    assert said.code == code
    assert said.err.startswith("Traceback (most recent call last):\n")
    assert 'boom.py", line' in said.err
    assert said.err.splitlines()[-1] == last
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "guild: interrupted\n"), (signal.SIGTERM, 143, ""), (signal.SIGHUP, 129, "")],
    ids=lambda value: value.name if isinstance(value, signal.Signals) else "",
)
def test_a_signal_ends_the_command_with_its_code(number: signal.Signals, code: int, said: str) -> None:
    with subprocess.Popen([*BOOM, "boom", "sleep"], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        assert process.stderr.read() == said
    assert process.returncode == code


def test_a_hang_up_that_the_caller_ignores_stays_ignored() -> None:
    """`nohup guild package` goes on when the terminal goes away."""
    script = 'trap "" HUP; exec "$@"'
    argv = ["bash", "-c", script, "bash", *BOOM, "boom", "sleep"]
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 143


def test_an_interrupted_build_says_so_and_nothing_else(tmp_path: Path) -> None:
    packager = "build() { echo waiting; sleep 30; }\npackage() { :; }\n"
    text = "[package]\n name = thing\n version = 1\n packager = packager\n"
    folder = make_recipe(tmp_path / "thing", text, packager=packager)
    argv = [sys.executable, "-m", "guildpkg", "package", "--sandbox=off"]
    with subprocess.Popen(argv, cwd=folder, env={**os.environ}, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line == "waiting\n":
                break
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "guild: interrupted while bash was running\n"
    assert process.returncode == 130
    assert not list(folder.glob("*.pkg.tar.*"))
    guild("package", "-n", cwd=folder).ok()
