"""``guild run``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import latest_option, start, start_options


@click.command("run", short_help="Run an operation of a model.")
@click.argument("words", nargs=-1, metavar="[[MODEL:]OPERATION] [FLAG=VALUE]...")
@latest_option
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], **asked: Any) -> int:
    """Run OPERATION of MODEL (default: that of the project) with its flags, each set by NAME=VALUE."""
    return start(session, "", words, asked)
