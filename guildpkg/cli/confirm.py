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
    word = _answer(session, f"{question} ({'Y/n' if default else 'y/N'}) ", "-y goes on without asking").lower()
    return default if not word else word in ("y", "yes")


def told(session: Session, what: str, option: str, *, suggested: str, yes: bool) -> str:
    """Ask for a text on stderr and read it from stdin; Enter takes what is suggested.

    Args:
        session: Where to ask.
        what: What is asked for.
        option: The option that says it without being asked.
        suggested: What Enter means; empty when something has to be written.
        yes: True when nothing is to be asked (``-y``).

    Raises:
        GuildError: Nothing may be asked, the input ended, or there was no answer.
    """
    hint = f"say it with {option}"
    if yes:
        raise GuildError(f"there is no {what.lower()} and nothing may be asked", hint=hint)
    word = _answer(session, f"{what}{f' ({suggested})' if suggested else ''}: ", hint) or suggested
    if not word:
        raise GuildError(f"there is no {what.lower()}", hint=hint)
    return word


def _answer(session: Session, question: str, hint: str) -> str:
    session.output.ask(question)
    try:
        answer = sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError as error:
        session.output.unechoed()
        raise GuildError("there was no answer: what was written is no text", hint=hint) from error
    if sys.stdin is None or not sys.stdin.isatty() or not answer:
        session.output.unechoed()
    if not answer:
        raise GuildError("there was no answer: the input has ended", hint=hint)
    return answer.strip()
