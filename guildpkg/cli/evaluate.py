"""``guild evaluate``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import start, start_options


@click.command("evaluate", short_help="Evaluate a trained model.")
@click.argument("words", nargs=-1, metavar="[MODEL] [FLAG=VALUE]...")
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], **asked: Any) -> int:
    """Evaluate MODEL (default: that of the project) with its flags, each set by NAME=VALUE."""
    return start(session, "evaluate", words, asked)
