"""``guild evaluate``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import start_words
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import latest_option, start, start_options


@click.command("evaluate", short_help="Evaluate a trained model.")
@click.argument("words", nargs=-1, metavar="[MODEL] [RUNDIR] [FLAG=VALUE]...", shell_complete=start_words)
@latest_option
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], **asked: Any) -> int:
    """Evaluate MODEL (default: that of the project) with its flags, each set by NAME=VALUE.

    In a Guild it goes into the run of RUNDIR (a folder, or the beginning of an id), or into the latest run.
    """
    return start(session, "evaluate", words, asked)
