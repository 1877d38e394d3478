"""``guild list-runs``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session


@click.command("list-runs", short_help="Print the folders of runs.")
@filter_options
@click.option("--completed", is_flag=True, help="Only runs that were completed.")
@json_option
@talk_options
@pass_session
def command(session: Session, /, **asked: Any) -> None:
    """Print the folder of each run, newest first."""
    from guildpkg.pipeline.runs.chosen import listing, row_of

    if asked["completed"]:
        asked["statuses"] = (*asked["statuses"], "completed")
    store, wanted = store_of(session), wanted_of(session, asked)
    rows = [row_of(store, run, trashed=wanted.trashed) for run in listing(store, wanted, session.output.report)]
    if asked["as_json"]:
        session.output.json(rows)
        return
    for row in rows:
        session.output.result(row["run_dir"])
    if not rows:
        session.output.say("There are no runs for this project" if wanted.project else "There are no runs")
