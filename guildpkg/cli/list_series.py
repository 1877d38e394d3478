"""``guild list-series``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.runs_options import one_run_options, run_of_words, store_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.events import Warn


@click.command("list-series", short_help="List the series of a run.")
@one_run_options
@pass_session
def command(session: Session, /, rundir: str, **asked: Any) -> None:
    """List the keys of the series of the run in the folder RUNDIR, or of the newest one.

    With -v each key has its number of points, the last step and the last value.
    """
    from guildpkg.pipeline.runs.series import series_of, series_rows

    found = series_of(store_of(session), run_of_words(session, rundir, asked))
    for problem in found.problems:
        session.output.report(Warn(str(problem)))
    rows = series_rows(found)
    if asked["as_json"]:
        session.output.json(rows)
    elif session.output.verbosity > 0:
        session.output.table([(row["key"], f"{row['count']:,}", str(row["step"]), row["text"]) for row in rows])
    else:
        for row in rows:
            session.output.result(row["key"])
    if not rows:
        session.output.say("The run has no series")
