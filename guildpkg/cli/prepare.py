"""``guild prepare``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import start_words
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import start, start_options


@click.command("prepare", short_help="Prepare what training needs.")
@click.argument("words", nargs=-1, metavar="[MODEL] [FLAG=VALUE]...", shell_complete=start_words)
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], **asked: Any) -> int:
    """Run what prepares MODEL (default: that of the project): downloads, conversions."""
    return start(session, "prepare", words, asked)
