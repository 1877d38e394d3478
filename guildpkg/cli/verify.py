"""``guild verify``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import GuildError


@click.command("verify", short_help="Check an archive against its manifest.")
@click.argument("archives", nargs=-1, required=True, metavar="ARCHIVE...", shell_complete=files)
@json_option
@talk_options
@pass_session
def command(session: Session, archives: tuple[str, ...], *, as_json: bool) -> int:
    """Check every member of each ARCHIVE against its manifest: order, names, modes, times and content.

    Exits with 1 when one of them is not as it should be; the others are checked all the same.
    """
    from guildpkg.pipeline import inspect

    results = []
    failed = False
    for shown in archives:
        path = session.path(shown)
        try:
            verified = inspect.verify(path, shown, setting_of(session).report)
        except GuildError as error:
            if len(archives) == 1:
                raise
            session.output.error(str(error), error.hint)
            failed = True
            continue
        results.append(inspect.to_json(verified, path))
        if not as_json:
            members = count(verified.members, "member")
            session.output.result(f"{shown}: {members}, all as the manifest says, sha256 {verified.sha256}")
    if as_json and not failed:
        session.output.json(results if len(archives) > 1 else results[0])
    return int(failed)
