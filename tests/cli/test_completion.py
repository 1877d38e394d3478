"""Completion: the scripts of three shells, and real bash."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guildpkg.cli.boundary import COMPLETE
from guildpkg.cli.group import guild as group
from guildpkg.cli.shells import SHELLS
from guildpkg.cli.table import COMMANDS
from tests.support.guild import guild

BIN = str(Path(sys.executable).parent)
CHOOSY = """
- model: m
  operations:
    train:
      main: train
      flags:
        optimizer: {description: "Which, of two", choices: [adam, sgd]}
"""
SCRIPT = SHELLS["bash"](group, {}, "guild", COMPLETE).source()
DRIVE = """
eval "$SCRIPT"
compopt() { local IFS=' '; printf 'compopt %s\\n' "$*"; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_guild_completion guild
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words: str, cwd: Path) -> list[str]:
    """Complete the last of *words* with the script in a bash, and give what it offers."""
    ended = subprocess.run(
        ["bash", "--norc", "-c", DRIVE, "bash", "guild", *words],
        cwd=cwd,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "SCRIPT": SCRIPT},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stderr == ""
    return [line for line in ended.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ([""], list(COMMANDS)),
        (["lo"], ["lock"]),
        (["--v"], ["--version"]),
        (["package", "--no"], ["--noextract", "--nocheck"]),
        (["package", "--sandbox", ""], ["auto", "required", "off"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["package", ""], ["compopt -o dirnames"]),
        (["lock", ""], ["compopt -o dirnames"]),
        (["init", "x"], ["compopt -o dirnames"]),
        (["inspect", ""], ["compopt -o default"]),
        (["verify", "a", "b"], ["compopt -o default"]),
        (["lint", ""], ["compopt -o default"]),
        (["-C", ""], ["compopt -o dirnames"]),
        (["-H", ""], ["compopt -o dirnames"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bash_is_offered_commands_options_values_files_and_folders(
    words: list[str], offered: list[str], tmp_path: Path
) -> None:
    assert complete(*words, cwd=tmp_path) == offered


def test_behind_c_the_files_there_are_offered(tmp_path: Path) -> None:
    (tmp_path / "there" / "sub").mkdir(parents=True)
    (tmp_path / "there" / "sub" / "x.pkg.tar.xz").touch()
    (tmp_path / "there" / "some.pkg.tar.xz").touch()
    (tmp_path / "there" / ".hidden").touch()
    assert complete("-C", "there", "inspect", "", cwd=tmp_path) == ["some.pkg.tar.xz", "sub/"]
    assert complete("-C", "there", "inspect", "sub/", cwd=tmp_path) == ["sub/x.pkg.tar.xz"]
    assert complete("-C", "there", "package", "s", cwd=tmp_path) == ["compopt -o nospace", "sub/"]
    assert complete("-C", "nowhere", "package", "s", cwd=tmp_path) == []


@pytest.mark.parametrize(
    ("shell", "mark"),
    [
        ("bash", "complete -o nosort -F _guild_completion guild"),
        ("zsh", "#compdef guild"),
        ("fish", "complete --no-files --command guild"),
    ],
)
def test_the_script_of_each_shell_is_printed(shell: str, mark: str, tmp_path: Path) -> None:
    said = guild("completion", shell, cwd=tmp_path).ok()
    assert mark in said.out
    assert said.err == ""
    program = shutil.which(shell)
    if program:
        subprocess.run([program, "-n"], input=said.out, text=True, check=True)


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_is_offered_the_same(tmp_path: Path) -> None:
    (tmp_path / "guild.yml").write_text(CHOOSY)
    asked = ("guild pac", "guild package --off", "guild train opt", "guild train optimizer=s", "guild ls --status=er")
    script = "; ".join(["guild completion fish | source", *(f'complete -C "{line}"' for line in asked)])
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    ended = subprocess.run(
        ["fish", "--no-config", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    offered = [line.split("\t")[0] for line in ended.stdout.splitlines()]
    assert offered == ["package", "--offline", "optimizer=", "optimizer=sgd", "--status=error"]
    assert "optimizer=\tWhich, of two [adam, sgd]" in ended.stdout.splitlines()


def test_the_tab_key_completes_in_an_interactive_bash(tmp_path: Path) -> None:
    """Bash on a terminal: `guild pac<TAB>--offl<TAB>` and `guild train opt<TAB>sg<TAB>`, typed."""
    (tmp_path / "guild.yml").write_text(CHOOSY)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PS1": "$ ", "TERM": "dumb", "INPUTRC": os.devnull}
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], env)
    try:
        os.write(terminal, b'eval "$(guild completion bash)"; echo re""ady\n')
        read_until(terminal, b"ready")
        os.write(terminal, b"guild pac\t")
        read_until(terminal, b"guild package ")
        os.write(terminal, b"--offl\t")
        read_until(terminal, b"--offline ")
        os.write(terminal, b"\x01\x0bguild train opt\t")
        read_until(terminal, b"train optimizer=")
        os.write(terminal, b"sg\t")
        read_until(terminal, b"sgd ")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def read_until(terminal: int, wanted: bytes) -> None:
    seen, deadline = b"", time.monotonic() + 20
    while wanted not in seen:
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], seen
        seen += os.read(terminal, 4096)
