"""``guild delete-run``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.options import dry_run_option
from guildpkg.cli.runs_options import one_run_options, run_of_words, store_of
from guildpkg.cli.session import Session, pass_session


@click.command("delete-run", short_help="Move a run to the trash.")
@one_run_options
@dry_run_option
@pass_session
def command(session: Session, /, rundir: str, **asked: Any) -> None:
    """Move the run in the folder RUNDIR, or the newest one, to the trash; `guild runs restore` takes it out again."""
    run = run_of_words(session, rundir, asked)
    session.output.say(f"{'Would delete' if asked['dry_run'] else 'Deleting'} {run.path}")
    if not asked["dry_run"]:
        store_of(session).trash(run)
    if asked["as_json"]:
        session.output.json({"run_dir": str(run.path)})
