"""``guild ls``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import runs
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import in_bytes


@click.command("ls", short_help="List the files of a run.")
@click.argument("run", default="", shell_complete=runs)
@filter_options
@json_option
@talk_options
@pass_session
def command(session: Session, /, run: str, **asked: Any) -> None:
    """List the files that RUN (default: the newest) made or was given; with -v their sizes too."""
    from guildpkg.pipeline.runs.chosen import one
    from guildpkg.pipeline.runs.files import files_of, row_of_file

    found = one(store_of(session), wanted_of(session, asked), run)
    rows = [row_of_file(path, about) for path, about in files_of(found)]
    if asked["as_json"]:
        session.output.json(rows)
    elif session.output.verbosity > 0:
        session.output.table([(row["mode"], in_bytes(row["size"]), row["path"]) for row in rows])
    else:
        for row in rows:
            session.output.result(row["path"])
