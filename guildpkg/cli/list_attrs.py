"""``guild list-attrs``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.runs_options import one_run_options, run_of_words, store_of
from guildpkg.cli.session import Session, pass_session


@click.command("list-attrs", short_help="List the attributes of a run.")
@one_run_options
@pass_session
def command(session: Session, /, rundir: str, **asked: Any) -> None:
    """List the attributes of the run in the folder RUNDIR, or of the newest one."""
    from guildpkg.pipeline.runs.attrs import attrs_of

    found = attrs_of(store_of(session), run_of_words(session, rundir, asked))
    if asked["as_json"]:
        session.output.json(found)
        return
    for name, value in found.items():
        session.output.result(f"{name}: {value}")
