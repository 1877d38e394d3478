"""``guild lock``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.options import dry_run_option, json_option, mirrors, setting_of, source_options, talk_options
from guildpkg.cli.places import folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("lock", short_help="Pin what the sources of a recipe are.")
@click.argument("directory", default=".", metavar="[DIR]", shell_complete=folders)
@click.option("--update", is_flag=True, help="Resolve every source anew, also those that are pinned.")
@click.option("--only", multiple=True, metavar="NAME", help="Resolve this source anew, and leave the others.")
@source_options
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, directory: str, **asked: Any) -> None:
    """Write GuildPkg.lock for the recipe in DIR (default: the current folder).

    Sources that are pinned already stay as they are, unless the recipe changed; --update moves them.
    """
    from guildpkg.pipeline.package.fetch import Wish
    from guildpkg.pipeline.package.lock import lock

    if asked["locked"] and (asked["update"] or asked["only"]):
        raise UsageFault("--update and --only move the lock, --locked keeps it")
    update = frozenset(asked["only"] or (["*"] if asked["update"] else []))
    wish = Wish(asked["locked"], asked["offline"], mirrors(session, asked["mirrors"]), update)
    changes = lock(session.path(directory), directory, wish, setting_of(session), dry_run=asked["dry_run"])
    if asked["as_json"]:
        session.output.json([change.to_json() for change in changes])
        return
    for change in changes:
        session.output.result(str(change))
    if not changes:
        session.output.say("GuildPkg.lock is up to date")
