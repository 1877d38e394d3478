"""``guild unpack-recipe``."""

from __future__ import annotations

import click

from guildpkg.cli.options import dry_run_option, json_option, talk_options
from guildpkg.cli.places import files, folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count


@click.command("unpack-recipe", short_help="Give back the recipe of an archive.")
@click.argument("archive", shell_complete=files)
@click.argument("directory", metavar="DIR", shell_complete=folders)
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, archive: str, directory: str, *, dry_run: bool, as_json: bool) -> None:
    """Write the recipe that ARCHIVE carries (GuildPkg, lock, packager, patches, own files) into DIR, which is made."""
    from guildpkg.pipeline.package.inspect import recipe_files

    names = recipe_files(session.path(archive), archive, session.path(directory), dry_run=dry_run)
    if as_json:
        session.output.json([str(session.path(directory) / name) for name in names])
        return
    for name in names if dry_run else ():
        session.output.result(name)
    if not dry_run:
        session.output.say(f"{directory}: {count(len(names), 'file')}")
