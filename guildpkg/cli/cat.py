"""``guild cat``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import run_files, runs
from guildpkg.cli.options import talk_options
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("cat", short_help="Show what a run printed, or one of its files.")
@click.argument("run", default="", shell_complete=runs)
@click.option("--output", is_flag=True, help="Show what it printed.")
@click.option("-p", "--path", metavar="FILE", shell_complete=run_files, help="Show this file of the run.")
@click.option("-f", "--follow", is_flag=True, help="With --output: go on until the run is over.")
@filter_options
@talk_options
@pass_session
def command(session: Session, /, run: str, path: str | None, **asked: Any) -> None:
    """Show the output or a file of RUN (default: the newest)."""
    from guildpkg.pipeline.runs.chosen import one
    from guildpkg.pipeline.runs.files import file_chunks, outputs

    if asked["output"] == bool(path):
        raise UsageFault("say what to show: --output, or --path FILE")
    if asked["follow"] and path:
        raise UsageFault("--follow goes with --output")
    store = store_of(session)
    found = one(store, wanted_of(session, asked), run)
    parts = [("", file_chunks(found, path))] if path else outputs(store, found, follow=asked["follow"])
    for whose, chunks in parts:
        if whose:
            session.output.say(whose)
        for chunk in chunks:
            session.output.raw_result(chunk)
