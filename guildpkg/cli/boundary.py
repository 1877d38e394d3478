"""The one place where errors become text and exit codes.

0 done; 1 refused or failed, with one line and a hint; 2 wrong usage; 130 interrupted; 143 terminated, 129 hung up.
Everything else is imported when it is needed: `guild --version` waits for nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from guildpkg.version import VERSION

COMPLETE = "_GUILD_COMPLETE"
"""The variable in which a shell's completion script says what it wants."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line.

    Args:
        arguments: The words behind ``guild``.

    Returns:
        The exit code.
    """
    _hold_standard_files()
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _ended)
        code = _run(arguments)
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        from guildpkg.cli.trouble import tell

        code = tell(error, debug="--debug" in arguments)
    return code


def _run(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--version"] and sys.stdout is not None:
        sys.stdout.write(f"guild {VERSION}\n")
        return _flushed(0)
    if COMPLETE in os.environ:
        from guildpkg.cli.shells import answer

        return answer(os.environ[COMPLETE])
    import click

    from guildpkg.cli.group import guild

    try:
        # not click's own main(): that one ends in silence at any broken pipe, and takes any EOFError for Ctrl-C
        with guild.make_context("guild", list(arguments)) as context:
            result = guild.invoke(context)
    except click.exceptions.Exit as left:
        result = left.exit_code
    return _flushed(result if isinstance(result, int) else 0)


def _flushed(code: int) -> int:
    """Find out now, and not when the interpreter ends, whether the result could be written."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        from guildpkg.cli.streams import unwritten

        raise unwritten(sys.stdout, error) from error
    return code


def _hold_standard_files() -> None:
    """Put the null device where a standard file is closed, so that no other file gets its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _ended(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
