"""``guild operations``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.project_options import listing_options, models_here, show_rows
from guildpkg.cli.session import Session, pass_session


@click.command("operations", short_help="List operations.")
@listing_options
@pass_session
def command(session: Session, /, filters: tuple[str, ...], **asked: Any) -> None:
    """List what can be run; with FILTER that whose name or description holds it.

    Outside of a project, and with --all, installed packages are listed too.
    """
    from guildpkg.pipeline.project.listing import operation_rows

    show_rows(session, operation_rows(models_here(session, asked), filters), as_json=asked["as_json"])
