"""``guild runs`` and its sub-commands."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.options import json_option, refuse_before, talk_options
from guildpkg.cli.runs_acts import (
    delete_command,
    label_command,
    purge_command,
    restore_command,
    stop_command,
    tag_command,
)
from guildpkg.cli.runs_info import info_command
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.runs_transfer import export_command, import_command
from guildpkg.cli.session import Session, pass_session

_most_option = click.option(
    "-m", "--most", type=click.IntRange(1), metavar="N", help="Show N runs (default: 20; with --json all)."
)


@click.group("runs", short_help="List runs, and look after them.", invoke_without_command=True)
@filter_options
@_most_option
@json_option
@talk_options
@click.pass_context
def command(context: click.Context, /, **asked: Any) -> None:
    """List runs, newest first, or do something with them.

    RUN is a number of the listing, a range of them (2:5), or the beginning of an id.
    """
    if context.invoked_subcommand is None:
        session = context.find_object(Session)
        assert session is not None
        _list(session, asked)
    else:
        refuse_before(context)


@command.command("list", short_help="List runs.")
@filter_options
@_most_option
@json_option
@talk_options
@pass_session
def list_runs(session: Session, /, **asked: Any) -> None:
    """List runs, newest first."""
    _list(session, asked)


def _list(session: Session, asked: dict[str, Any]) -> None:
    from guildpkg.pipeline.runs.chosen import FIRST, line_of, listing, row_of

    store, wanted = store_of(session), wanted_of(session, asked, say=not asked["as_json"])
    found = listing(store, wanted, session.output.report)
    if asked["as_json"]:
        shown = found[: asked["most"]] if asked["most"] else found
        session.output.json([row_of(store, run, trashed=wanted.trashed) for run in shown])
        return
    shown = found[: asked["most"] or FIRST]
    session.output.table([line_of(index, run) for index, run in enumerate(shown)])
    if len(shown) < len(found):
        session.output.say(f"Showing the newest {len(shown)} of {len(found):,} runs (-m N shows more)")
    if not found:
        session.output.say(
            "There are no such runs" if store.summaries() else "There are no runs yet: `guild train` makes one"
        )


for _command in (
    info_command,
    label_command,
    tag_command,
    delete_command,
    restore_command,
    purge_command,
    stop_command,
):
    command.add_command(_command)
command.add_command(export_command)
command.add_command(import_command)
