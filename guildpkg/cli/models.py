"""``guild models``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli import offers
from guildpkg.cli.project_options import listing_options, show_listing
from guildpkg.cli.session import Session, pass_session


@click.command("models", short_help="List models.")
@listing_options(offers.models)
@pass_session
def command(session: Session, /, **asked: Any) -> None:
    """List the models of the project; with FILTER those whose name or description holds it.

    Outside of a project, and with --all, installed packages are listed too.
    """
    from guildpkg.pipeline.project.listing import model_rows

    show_listing(session, "models", lambda listed: model_rows(listed, asked["filters"]), asked)
