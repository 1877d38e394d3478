"""``guild init``."""

from __future__ import annotations

from pathlib import Path

import click

from guildpkg.cli.options import dry_run_option, json_option, talk_options
from guildpkg.cli.places import folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("init", short_help="Begin a new recipe or project.")
@click.argument("directory", default=".", metavar="[DIR]", shell_complete=folders)
@click.option("--package", "package", is_flag=True, help="Write a recipe: GuildPkg and packager.")
@click.option(
    "-p", "--project", "project", is_flag=True, help="Write a project that trains: guild.yml, train.py, data.csv."
)
@click.option("--name", metavar="NAME", help="Name of what begins (default: that of the folder).")
@click.option("--force", is_flag=True, help="Write a Guild also where other files are.")
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
    project: bool,
    force: bool,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the files of a new recipe or project into DIR (default: the current folder).

    With neither --package nor --project it is one file: Guild, with comments that explain it.

    DIR is made if it is not there. Files that are there are replaced with --overwrite only.
    """
    from guildpkg.pipeline.init import init_guild, init_package, init_project

    if package and project:
        raise UsageFault("--package begins a recipe and --project a project: give one of them")
    folder, report = session.path(directory), session.output.report
    if package:
        written = init_package(folder, name=name, overwrite=overwrite, dry_run=dry_run, report=report)
        then = "Edit GuildPkg, then run `guild package` {place}to build"
    elif project:
        written = init_project(folder, name=name, overwrite=overwrite, dry_run=dry_run, report=report)
        then = "Run `guild help` {place}to see what it offers"
    else:
        written = init_guild(folder, name=name, force=force, overwrite=overwrite, dry_run=dry_run, report=report)
        then = "Edit Guild, then run `guild check` {place}to see whether it is sound"
    if as_json:
        session.output.json([str(path) for path in written])
        return
    if not dry_run:
        session.output.say(then.format(place="" if Path(directory) == Path() else f"in {directory} "))
