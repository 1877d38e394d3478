"""``guild why``."""

from __future__ import annotations

import click

from guildpkg.cli.installed import installed_names
from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session


@click.command("why", short_help="Say why a package is installed.")
@click.argument("package", metavar="PACKAGE", shell_complete=installed_names)
@json_option
@talk_options
@pass_session
def command(session: Session, package: str, *, as_json: bool) -> None:
    """Say for each version of PACKAGE whether it was asked for, and what needs it."""
    from guildpkg.pipeline.installed.listing import why, why_lines
    from guildpkg.pipeline.installed.store import open_store

    found = why(open_store(setting_of(session)), package)
    if as_json:
        session.output.json(found)
        return
    for value in found:
        for line in why_lines(value):
            session.output.result(line)
