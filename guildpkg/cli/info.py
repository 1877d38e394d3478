"""``guild info``."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from guildpkg.cli.offers import published
from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count, in_bytes

if TYPE_CHECKING:
    from guildpkg.pipeline.index.search import Info


@click.command("info", short_help="Show what the indexes say of a package.")
@click.argument("name", metavar="NAME", shell_complete=published)
@click.option("--offline", is_flag=True, help="Use what was read before.")
@json_option
@talk_options
@pass_session
def command(session: Session, name: str, *, offline: bool, as_json: bool) -> None:
    """Show what the indexes say of the package NAME: its newest version, what it needs, all versions there are."""
    from guildpkg.pipeline.index.search import info

    found = info(name, setting_of(session), offline=offline)
    if as_json:
        session.output.json(found.as_json())
    else:
        session.output.table(_rows(found))


def _rows(found: Info) -> list[tuple[str, str]]:
    newest = found.newest
    when = datetime.datetime.fromtimestamp(newest.uploaded / 1e9, tz=datetime.UTC)
    holds = f"{count(newest.files, 'file')}, {in_bytes(newest.installed_size)}"
    rows = [
        ("name", newest.name),
        ("version", newest.version),
        ("description", newest.description),
        ("license", newest.license),
        ("index", found.index),
        ("archive", f"{in_bytes(newest.archive.size)}, sha256 {newest.archive.sha256}"),
        ("holds", holds),
        ("needs", newest.packages),
        ("needs Python", newest.python),
        ("published", f"{when:%Y-%m-%d %H:%M} UTC"),
        ("versions", ", ".join(found.versions)),
        *(("yanked", f"{version}: {reason}") for version, reason in found.yanked),
    ]
    return [row for row in rows if row[1]]
