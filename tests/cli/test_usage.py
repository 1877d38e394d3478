"""Wrong usage: exit code 2, one line that says what is wrong, and a hint."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.guild import argv, guild


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["pakage"], "there is no command 'pakage'; did you mean package?", "`guild --help` lists the commands"),
        (["frobnicate"], "there is no command 'frobnicate'", "`guild --help` lists the commands"),
        (["package", "--offlin"], "there is no option --offlin", "did you mean --offline?"),
        (["package", "--no-check"], "there is no option --no-check", "did you mean --nocheck?"),
        (["package", "-Z"], "there is no option -Z", "`guild package --help` shows how it is used"),
        (["--offline", "package"], "there is no option --offline", "`guild --help` lists the commands"),
        (["package", "--debug"], "there is no option --debug", "write it before the command: guild --debug package"),
        (["lint", "-C", "x"], "there is no option -C", "write it before the command: guild -C lint"),
        (
            ["runs", "stop", "--debug"],
            "there is no option --debug",
            "write it before the command: guild --debug runs stop",
        ),
        (["runs", "stop", "--most"], "there is no option --most", "`guild runs stop --help` shows how it is used"),
        (
            ["runs", "--json", "-a", "delete"],
            "--all --json before delete",
            "write it behind the command: guild runs delete",
        ),
        (
            ["index", "--json", "list"],
            "--json before list would not",
            "write it behind the command: guild index list --json",
        ),
        (["patch", "-q", "list"], "--quiet before list would not", "write it behind the command: guild patch list"),
        (["install"], "PACKAGE... is missing", "`guild install --help` shows how it is used"),
        (["inspect"], "ARCHIVE is missing", "`guild inspect --help` shows how it is used"),
        (["inspect", "a", "b"], "got unexpected extra argument", "`guild inspect --help` shows how it is used"),
        (["package", "-j", "many"], "invalid value for '-j' / '--jobs'", "`guild package --help` shows how it is used"),
        (["package", "--source"], "option '--source' requires an argument", "`guild package --help`"),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash', 'zsh', 'fish'", "`guild completion --help`"),
        (["lint", "-v", "-q"], "-v says more and -q says less: give one of them", None),
        (
            ["init", "--package", "--project"],
            "--package, --project and --template are three beginnings: give one of them",
            None,
        ),
        (["init", "--template", "x", "--name", "y"], "--name: a template has its names", None),
        (["init", "--project", "--force"], "--force is for a Guild", None),
        (["-C", "nowhere", "lint"], "-C nowhere: there is no such folder", None),
        (["lock", "--update", "--locked"], "--update and --only move the lock, --locked keeps it", None),
        (["inspect", "--manifest", "--json", "x"], "a manifest is text", None),
        (["inspect", "--files", "--manifest", "x"], "--files and --manifest are two answers: ask for one", None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_says_what_and_what_next(words: list[str], message: str, hint: str | None, tmp_path: Path) -> None:
    said = guild(*words, cwd=tmp_path).failed(2)
    assert said.out == ""
    first, *rest = said.err.splitlines()
    assert first.startswith("guild: ")
    assert message in first
    assert len(rest) == (1 if hint else 0)
    assert not hint or rest[0].startswith(f"  hint: {hint}")


def test_a_word_of_the_command_line_cannot_command_the_terminal(tmp_path: Path) -> None:
    said = guild("x\x1b[2J\ny", cwd=tmp_path).failed(2)
    assert "\x1b" not in said.err


def test_a_folder_that_was_removed_is_told(tmp_path: Path) -> None:
    """The shell stands in a folder that somebody else has deleted."""
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    said = subprocess.run(["bash", "-c", script, "bash", *argv("lint")], cwd=tmp_path, capture_output=True, check=False)
    assert said.returncode == 2
    assert said.stderr == b"guild: the current folder has been removed\n  hint: change into a folder that is there\n"


def test_without_a_home_the_way_out_is_named(tmp_path: Path) -> None:
    said = guild("-H", "~no-such-user/x", "lint", cwd=tmp_path).failed(2)
    assert said.err == (
        "guild: ~no-such-user/x: there is no such user\n  hint: name a folder with `guild -H DIR` or in GUILD_HOME\n"
    )
