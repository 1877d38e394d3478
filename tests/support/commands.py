"""The commands as the command line knows them, those of groups included."""

from __future__ import annotations

import importlib

import click

from guildpkg.cli.table import COMMANDS


def command_at(name: str) -> click.Command:
    """Import a command by its words: ``train``, ``runs delete``."""
    first, *rest = name.split()
    command: click.Command = importlib.import_module(COMMANDS[first][0]).command
    for word in rest:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    return command


def names() -> list[str]:
    """Name every command; those of a group stand behind it."""
    found = []
    for name in COMMANDS:
        command = command_at(name)
        found += [name, *(f"{name} {sub}" for sub in (command.commands if isinstance(command, click.Group) else ()))]
    return found


def options_of(name: str) -> set[str]:
    """Give every spelling of every option of a command."""
    options = [param for param in command_at(name).params if isinstance(param, click.Option)]
    return {word for option in options for word in (*option.opts, *option.secondary_opts)}
