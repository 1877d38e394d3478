"""``guild operations``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.project_options import all_option, models_here, project_options, show_rows
from guildpkg.cli.session import Session, pass_session


@click.command("operations", short_help="List operations.")
@click.argument("filters", nargs=-1, metavar="[FILTER]...")
@all_option
@project_options
@json_option
@talk_options
@pass_session
def command(
    session: Session, filters: tuple[str, ...], project_dir: str, project_file: str, *, show_all: bool, as_json: bool
) -> None:
    """List what can be run; with FILTER that whose name or description holds it.

    Outside of a project, and with --all, installed packages are listed too.
    """
    from guildpkg.pipeline.project.listing import operation_rows

    listed = models_here(session, project_dir, project_file, show_all=show_all)
    show_rows(session, operation_rows(listed, filters), as_json=as_json)
