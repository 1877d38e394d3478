"""``guild install``."""

from __future__ import annotations

import click

from guildpkg.cli.confirm import yes_option
from guildpkg.cli.install_options import install_options, show_and_do
from guildpkg.cli.offers import both, published
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session


@click.command("install", short_help="Install packages.")
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...", shell_complete=both(published, files))
@install_options
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, packages: tuple[str, ...], index: str, *, offline: bool, **asked: bool) -> None:
    """Install each PACKAGE: a name, a name with a range (`"digits >= 1, < 3"`), an archive, or its URL.

    What it needs is installed with it. Versions stand side by side; what is installed already is kept where it will
    do. It asks when more would be installed than was named.
    """
    from guildpkg.pipeline.index.trusted import Indexes
    from guildpkg.pipeline.installed.install import plan

    with Indexes(setting_of(session), offline=offline, only=index) as indexes:
        planned = plan(packages, session.path, indexes)
        more = any(not item.package.explicit for item in planned.coming)
        show_and_do(session, planned, indexes, asked, action="install", asks=more)
