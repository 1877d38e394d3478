"""``guild files``."""

from __future__ import annotations

import click

from guildpkg.cli.installed import installed_names
from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session


@click.command("files", short_help="List the files of an installed package.")
@click.argument("package", metavar="PACKAGE", shell_complete=installed_names)
@json_option
@talk_options
@pass_session
def command(session: Session, package: str, *, as_json: bool) -> None:
    """List the files of PACKAGE: of NAME-VERSION, or of the newest version of NAME; `-v` adds sizes."""
    from guildpkg.pipeline.installed.listing import files
    from guildpkg.pipeline.installed.store import open_store

    chosen, rows = files(open_store(setting_of(session)), package)
    if as_json:
        session.output.json({"package": chosen.entry, "files": rows})
    elif session.output.verbosity > 0:
        session.output.table([(f"{row['size']:,}", row["path"]) for row in rows])
    else:
        for row in rows:
            session.output.result(row["path"])
