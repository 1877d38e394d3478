"""``guild diff-package``."""

from __future__ import annotations

import click

from guildpkg.cli.differences import show
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session


@click.command("diff-package", short_help="Show what differs between two archives.")
@click.argument("one", metavar="A", shell_complete=files)
@click.argument("two", metavar="B", shell_complete=files)
@json_option
@talk_options
@pass_session
def command(session: Session, one: str, two: str, *, as_json: bool) -> int:
    """Compare the archives A and B: files, modes, fields of the manifest, sources, patches.

    Exits with 0 when they are the same, byte for byte, and with 1 when not.
    """
    from guildpkg.pipeline.package.inspect import differences

    found = differences((session.path(one), one), (session.path(two), two))
    if as_json:
        session.output.json([item.to_json() for item in found])
    else:
        show(session, found)
        if not found:
            session.output.say("They are the same, byte for byte")
    return int(bool(found))
