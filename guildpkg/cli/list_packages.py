"""``guild list-packages``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session


@click.command("list-packages", short_help="List installed packages.")
@click.argument("filters", nargs=-1, metavar="[FILTER]...")
@click.option("--explicit", is_flag=True, help="Only packages that were asked for.")
@json_option
@talk_options
@pass_session
def command(session: Session, filters: tuple[str, ...], *, explicit: bool, as_json: bool) -> None:
    """List installed packages whose name or description has each FILTER in it."""
    from guildpkg.pipeline.installed.listing import listing, package_line, package_value, summary
    from guildpkg.pipeline.installed.store import open_store

    store = open_store(setting_of(session))
    found = listing(store, filters, explicit=explicit)
    if as_json:
        session.output.json([package_value(package, store) for package in found])
        return
    session.output.table([package_line(package) for package in found])
    if found:
        session.output.say(summary(found))
    else:
        session.output.say("There are no such packages" if filters else "There are no packages: guild install")
