"""``guild init``."""

from __future__ import annotations

from pathlib import Path

import click

from guildpkg.cli.options import dry_run_option, json_option, talk_options
from guildpkg.cli.places import folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("init", short_help="Begin a new recipe.")
@click.argument("directory", default=".", metavar="[DIR]", shell_complete=folders)
@click.option("--package", "package", is_flag=True, help="Write a recipe: GuildPkg and packager.")
@click.option("--name", metavar="NAME", help="Name of the package (default: that of the folder).")
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
@dry_run_option
@json_option
@talk_options
@pass_session
def command(
    session: Session,
    /,
    directory: str,
    name: str | None,
    *,
    package: bool,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the files of a new recipe into DIR (default: the current folder).

    DIR is made if it is not there. Files that are there are replaced with --overwrite only.
    """
    from guildpkg.pipeline.init import init_package

    if not package:
        raise UsageFault("say what to begin: guild init --package", hint="`guild init --package [DIR]` writes a recipe")
    written = init_package(
        session.path(directory), name=name, overwrite=overwrite, dry_run=dry_run, report=session.output.report
    )
    if as_json:
        session.output.json([str(path) for path in written])
        return
    place = "" if Path(directory) == Path() else f"in {directory} "
    if not dry_run:
        session.output.say(f"Edit GuildPkg, then run `guild package` {place}to build")
