"""``guild run``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.options import setting_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import latest_option, start, start_options
from guildpkg.errors import UsageFault


@click.command("run", short_help="Run an operation of a model.")
@click.argument("words", nargs=-1, metavar="[[MODEL:]OPERATION] [FLAG=VALUE]...")
@click.option("--start", "staged", default="", metavar="RUN", help="Start a run that was staged.")
@latest_option
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], staged: str, **asked: Any) -> int:
    """Run OPERATION of MODEL (default: that of the project) with its flags, each set by NAME=VALUE."""
    from guildpkg.pipeline.train_later import start_staged

    if staged:
        if words:
            raise UsageFault("a staged run is started as it was made", hint=f"leave out {words[0]}")
        return start_staged(staged, setting_of(session, session.output.relay))
    return start(session, "", words, asked)
