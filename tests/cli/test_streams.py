"""stdout and stderr that break: nobody reads, no room, closed from the start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.guild import HEAD, Said, argv, guild, make_recipe

COMMANDS = {
    "version": ["--version"],
    "help": ["--help"],
    "help of a command": ["package", "--help"],
    "listing": ["inspect", "--files", "thing-1.pkg.tar.xz"],
    "manifest": ["inspect", "--manifest", "thing-1.pkg.tar.xz"],
    "json": ["verify", "--json", "thing-1.pkg.tar.xz"],
    "lines": ["package", "-n"],
    "script": ["completion", "zsh"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with its archive."""
    folder = make_recipe(tmp_path_factory.mktemp("streams") / "thing", f"{HEAD}  source = a.txt\n", a__txt="a\n")
    home = {"HOME": str(folder), "GUILD_HOME": str(folder.parent / "home")}
    guild("package", "-q", cwd=folder, env=home).ok()
    return folder


def shell(script: str, *words: str, cwd: Path, **env: str) -> Said:
    """Run a command as ``"$@"`` of a bash script."""
    ended = subprocess.run(
        ["bash", "-c", script, "bash", *argv(*words)],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_left_ends_the_command_quietly(words: list[str], unbuffered: str, folder: Path) -> None:
    """stdout is a pipe whose other end is closed before the first byte, as in `guild ... | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    ended = subprocess.run(
        argv(*words), cwd=folder, env=env, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_a_reader_that_has_seen_enough_is_no_trouble(folder: Path) -> None:
    said = shell('set -o pipefail; "$@" | head -n 1', "inspect", "--files", "thing-1.pkg.tar.xz", cwd=folder)
    assert (said.out, said.err) == ("0755  0      ./\n", "")


def test_a_listener_that_left_ends_a_build_quietly(folder: Path) -> None:
    """As in `guild package 2>&1 | head -1`; nothing is half-written."""
    said = shell('"$@" 2>&1 >/dev/null | head -n 1', "package", "-f", cwd=folder)
    assert (said.out, said.err) == ("Using default\n", "")
    guild("verify", "thing-1.pkg.tar.xz", cwd=folder).ok()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_full_disk_under_stdout_is_told(words: list[str], folder: Path) -> None:
    said = shell('exec "$@" > /dev/full', *words, cwd=folder, PYTHONUNBUFFERED="").failed()
    assert "No space left on device\n" in said.err
    assert "Exception ignored" not in said.err


def test_a_full_disk_under_stderr_does_not_stop_a_build(folder: Path) -> None:
    assert shell('exec "$@" 2> /dev/full', "package", "-f", "--json", cwd=folder).ok().json()["files"] == 1


@pytest.mark.parametrize("words", [COMMANDS["listing"], COMMANDS["json"], COMMANDS["manifest"]], ids=str)
def test_a_closed_stdout_cannot_take_a_result(words: list[str], folder: Path) -> None:
    said = shell('exec "$@" >&-', *words, cwd=folder).failed()
    assert said.err == "guild: the result cannot be written: stdout is closed\n"


def test_a_build_with_every_standard_file_closed_makes_its_archive(folder: Path) -> None:
    """No file of ours gets the number of a standard file, so that nothing is said into an archive."""
    assert shell('exec "$@" <&- >&- 2>&-', "package", "-f", cwd=folder) == Said(0, "", "")
    guild("verify", "thing-1.pkg.tar.xz", cwd=folder).ok()


def test_talk_never_goes_to_stdout_when_stderr_is_closed(folder: Path) -> None:
    assert shell('exec "$@" 2>&-', "inspect", "nowhere", cwd=folder) == Said(1, "", "")
    assert shell('exec "$@" 2>&-', "package", "-f", cwd=folder) == Said(0, "", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_name_that_stdout_cannot_write_is_escaped(encoding: str, folder: Path, tmp_path: Path) -> None:
    other = make_recipe(tmp_path / "thing", f"{HEAD}  source = ünï中.txt\n", ünï中__txt="x")
    guild("package", "-q", cwd=other).ok()
    env = {"PYTHONIOENCODING": encoding}
    ended = subprocess.run(
        argv("inspect", "--files", "thing-1.pkg.tar.xz"),
        cwd=other,
        env={**os.environ, **env},
        capture_output=True,
        check=True,
    )
    assert ended.stderr == b""
    assert ended.stdout.splitlines()[-1].endswith("./ünï中.txt".encode(encoding, "backslashreplace"))
    listed = guild("inspect", "--files", "--json", "thing-1.pkg.tar.xz", cwd=other, env=env).json()
    assert listed[-1]["name"] == "./ünï中.txt"
