"""Asking before something is done that somebody may not have meant."""

from __future__ import annotations

import sys

import click

from guildpkg.cli.session import Session
from guildpkg.errors import GuildError

yes_option = click.option("-y", "--yes", is_flag=True, help="Ask nothing.")


def confirmed(session: Session, question: str, *, yes: bool, default: bool = True) -> bool:
    """Ask a question on stderr and read the answer from stdin; Enter takes the default.

    Args:
        session: Where to ask.
        question: The question, with its question mark.
        yes: True when the user has said so already (``-y``).
        default: What Enter means.

    Raises:
        GuildError: The input ended before there was an answer.
    """
    if yes:
        return True
    session.output.ask(f"{question} ({'Y/n' if default else 'y/N'}) ")
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if sys.stdin is None or not sys.stdin.isatty() or not answer:
        session.output.unechoed()
    if not answer:
        raise GuildError("there was no answer: the input has ended", hint="-y goes on without asking")
    word = answer.strip().lower()
    return default if not word else word in ("y", "yes")
