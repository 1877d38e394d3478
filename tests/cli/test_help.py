"""The table, the modules and the help say the same, and the help can be read."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import guildpkg.cli
from guildpkg.cli.group import guild
from guildpkg.cli.table import COMMANDS
from tests.support import commands

OWN = Path(guildpkg.cli.__file__).parent
NAMES = commands.names()
LINES = [(), *(tuple(name.split()) for name in NAMES)]
IDS = [" ".join(("guild", *words)) for words in LINES]


def command_at(*words: str) -> click.Command:
    return commands.command_at(" ".join(words)) if words else guild


def help_of(*words: str) -> str:
    said: Result = CliRunner().invoke(guild, [*words, "--help"], prog_name="guild", terminal_width=None)
    assert said.exit_code == 0, said.output
    return said.stdout


def test_every_module_that_defines_a_command_is_in_the_table() -> None:
    # modules that hold sub-commands alone have none of this name
    defining = {path.stem for path in OWN.glob("*.py") if re.search(r"^def command\(", path.read_text(), re.MULTILINE)}
    assert {module for module, _ in COMMANDS.values()} == {f"guildpkg.cli.{name}" for name in defining}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_help_in_the_table_is_that_of_the_command(name: str) -> None:
    command = command_at(name)
    assert (command.name, command.short_help) == (name, COMMANDS[name][1])


@pytest.mark.parametrize("words", LINES, ids=IDS)
def test_help_names_every_option_and_argument(words: tuple[str, ...]) -> None:
    text = help_of(*words)
    for param in command_at(*words).params:
        if isinstance(param, click.Option):
            assert all(name in text for name in (*param.opts, *param.secondary_opts)), param.name
            assert param.help
            assert param.help.endswith("."), param.help
        else:
            assert param.human_readable_name in text


@pytest.mark.parametrize("words", LINES, ids=IDS)
def test_help_fits_eighty_columns_and_says_first_how_the_command_is_called(words: tuple[str, ...]) -> None:
    lines = help_of(*words).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"Usage: {' '.join(('guild', *words))} ")
    assert lines[2].startswith("  ")
    assert lines[2][2].isupper()
    assert not [line for line in lines if line.rstrip() != line]


@pytest.mark.parametrize("words", LINES[1:], ids=IDS[1:])
def test_the_short_form_of_help_is_the_same(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(guild, [*words, "-h"], prog_name="guild").stdout == help_of(*words)


def test_the_help_of_the_group_lists_every_command_with_its_line() -> None:
    text = help_of()
    assert all(f"  {name}" in text and line in text for name, (_, line) in COMMANDS.items())


def test_without_a_command_the_help_goes_to_stderr_with_exit_code_2() -> None:
    said = CliRunner().invoke(guild, [], prog_name="guild")
    assert (said.exit_code, said.stdout, said.stderr) == (2, "", help_of())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "completion"])
def test_every_command_that_works_can_be_quiet_and_verbose(name: str) -> None:
    assert commands.options_of(name) >= {"-q", "--quiet", "-v", "--verbose"}


AS_IT_IS = {"completion": "a script for a shell", "cat": "a file as it is", "tensorboard": "another program"}
"""Commands whose result is no data, and what it is."""


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in AS_IT_IS])
def test_every_command_with_a_result_speaks_json(name: str) -> None:
    assert "--json" in commands.options_of(name)


RUNS = ["delete", "restore", "purge", "stop", "label", "tag", "export", "import"]
WRITING = ["init", "package", "lock", "delete-run", *(f"runs {name}" for name in RUNS)]


@pytest.mark.parametrize("name", WRITING)
def test_every_command_that_writes_can_be_asked_what_it_would_do(name: str) -> None:
    assert {"-n", "--dry-run"} <= commands.options_of(name)
