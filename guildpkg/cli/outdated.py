"""``guild outdated``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, mirrors, setting_of, talk_options
from guildpkg.cli.places import folders
from guildpkg.cli.session import Session, pass_session


@click.command("outdated", short_help="Show what happened upstream since the lock.")
@click.argument("directory", default=".", metavar="[DIR]", shell_complete=folders)
@click.option("--source", "named", multiple=True, metavar="NAME=URL", help="Ask URL about the source NAME instead.")
@json_option
@talk_options
@pass_session
def command(session: Session, directory: str, *, named: tuple[str, ...], as_json: bool) -> None:
    """Ask upstream whether each ref still points at the locked commit, and if not, what that means for the patches.

    Commits and trees are fetched, never the content of a file.
    """
    from guildpkg.pipeline.patch.outdated import outdated

    found = outdated(session.path(directory), directory, mirrors(session, named), setting_of(session))
    if as_json:
        session.output.json([item.to_json() for item in found])
        return
    for item in found:
        for line in item.lines():
            session.output.result(line)
    if not found:
        session.output.say("The recipe has no git sources")
