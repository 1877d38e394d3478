"""``guild resources``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli import offers
from guildpkg.cli.project_options import listing_options, show_listing
from guildpkg.cli.session import Session, pass_session


@click.command("resources", short_help="List resources.")
@listing_options(offers.resources)
@pass_session
def command(session: Session, /, **asked: Any) -> None:
    """List the resources of the models; with FILTER those whose name or description holds it.

    Outside of a project, and with --all, installed packages are listed too.
    """
    from guildpkg.pipeline.project.listing import resource_rows

    show_listing(session, "resources", lambda listed: resource_rows(listed, asked["filters"]), asked)
