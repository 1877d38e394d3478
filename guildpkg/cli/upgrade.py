"""``guild upgrade``."""

from __future__ import annotations

import click

from guildpkg.cli.confirm import yes_option
from guildpkg.cli.install_options import install_options, show_and_do
from guildpkg.cli.installed import installed_names
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session


@click.command("upgrade", short_help="Install newer versions of packages.")
@click.argument("packages", nargs=-1, metavar="[PACKAGE]...", shell_complete=installed_names)
@install_options
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, packages: tuple[str, ...], index: str, *, offline: bool, **asked: bool) -> None:
    """Put the newest version of each PACKAGE (default: of all) in the place of the newest that is installed.

    An older version stays where another package needs it. It asks before it changes anything.
    """
    from guildpkg.pipeline.index.trusted import Indexes
    from guildpkg.pipeline.installed.upgrade import plan_upgrade

    with Indexes(setting_of(session), offline=offline, only=index) as indexes:
        planned = plan_upgrade(packages, indexes)
        if not planned.before:
            session.output.say("There are no packages: guild install")
        show_and_do(session, planned, indexes, asked, action="upgrade", asks=True)
