"""``guild history``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.events import Warn
from guildpkg.errors import GuildError


@click.command("history", short_help="Show how what is installed came to be.")
@json_option
@talk_options
@pass_session
def command(session: Session, *, as_json: bool) -> None:
    """List the generations: when each was made, by what, and what changed; * marks the current one."""
    from guildpkg.pipeline.installed.listing import history_line, history_value
    from guildpkg.pipeline.installed.store import open_store

    store = open_store(setting_of(session))
    found = store.history()
    try:
        current = store.number()
    except GuildError as error:
        if not found:
            raise
        current = -1
        session.output.report(Warn(str(error)))
    if as_json:
        session.output.json([history_value(generation, current) for generation in found])
        return
    session.output.table([history_line(generation, current) for generation in found])
    if not current:
        session.output.say("Nothing was installed yet: guild install")
