"""``guild train``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import start_words
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import start, start_options


@click.command("train", short_help="Train a model.")
@click.argument("words", nargs=-1, metavar="[MODEL] [FLAG=VALUE]...", shell_complete=start_words)
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], **asked: Any) -> int:
    """Train MODEL (default: that of the project) with its flags, each set by NAME=VALUE."""
    return start(session, "train", words, asked)
