"""``guild tensorboard``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli import offers
from guildpkg.cli.browser import show_in_browser
from guildpkg.cli.options import talk_options
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count


@click.command("tensorboard", short_help="Show runs in TensorBoard.")
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=offers.runs)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on (default: a free one).")
@click.option("--no-open", is_flag=True, help="Open no browser.")
@filter_options
@talk_options
@pass_session
def command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> int:
    """Show each RUN (without RUN: all that the options choose) in TensorBoard, until Ctrl-C."""
    from guildpkg.pipeline.runs.chosen import listing, pick
    from guildpkg.pipeline.runs.tensorboard import Served, serve

    store, wanted = store_of(session), wanted_of(session, asked)
    found = pick(store, wanted, runs) if runs else listing(store, wanted, session.output.report)
    if not found:
        session.output.say(f"There are no runs to show{' in the trash' if wanted.trashed else ''}")
        return 0
    session.output.say(f"Showing {count(len(found), 'run')} in TensorBoard (Ctrl-C ends it)")

    def opened(address: str) -> None:
        if not asked["no_open"]:
            show_in_browser(address, session.env)

    how = Served(asked["host"], asked["port"], opened)
    return serve(store, found, session.env, session.output.report, how, trashed=wanted.trashed)
