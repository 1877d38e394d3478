"""``guild operations``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli import offers
from guildpkg.cli.project_options import listing_options, show_listing
from guildpkg.cli.session import Session, pass_session


@click.command("operations", short_help="List operations.")
@listing_options(offers.operations)
@pass_session
def command(session: Session, /, **asked: Any) -> None:
    """List what can be run; with FILTER that whose name or description holds it.

    Outside of a project, and with --all, installed packages are listed too.
    """
    from guildpkg.pipeline.project.listing import operation_rows

    show_listing(session, "operations", lambda listed: operation_rows(listed, asked["filters"]), asked)
