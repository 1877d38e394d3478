"""``guild init``."""

from __future__ import annotations

from pathlib import Path

import click

from guildpkg.cli.installed import installed_names
from guildpkg.cli.offers import both
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.places import folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("init", short_help="Begin a new recipe or project.")
@click.argument("words", nargs=-1, metavar="[DIR] [NAME=VALUE]...", shell_complete=folders)
@click.option("--package", "package", is_flag=True, help="Write a recipe: GuildPkg and packager.")
@click.option(
    "-p", "--project", "project", is_flag=True, help="Write a project that trains: guild.yml, train.py, data.csv."
)
@click.option(
    "-t",
    "--template",
    default="",
    metavar="NAME",
    shell_complete=both(installed_names, folders),
    help="Begin with the project of an installed package, or a folder.",
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
    words: tuple[str, ...],
    template: str,
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

    DIR is made if it is not there. Files that are there are replaced with --overwrite only. NAME=VALUE fills in a
    variable of the template.
    """
    from guildpkg.pipeline.init import init_guild, init_package, init_project

    if sum((package, project, bool(template))) > 1:
        raise UsageFault("--package, --project and --template are three beginnings: give one of them")
    if template and name is not None:
        raise UsageFault("--name: a template has its names, and NAME=VALUE fills in its variables")
    if force and (package or project or template):
        raise UsageFault("--force is for a Guild: give --overwrite to replace files that are there")
    directory, values = _told(words, template=template)
    folder, report = session.path(directory), session.output.report
    if template:
        from guildpkg.pipeline.project.begin import find_template, init_template

        place = find_template(template, session.cwd, setting_of(session))
        written = init_template(folder, place, values, overwrite=overwrite, dry_run=dry_run, report=report)
        then = "Run `guild help` {place}to see what it offers"
    elif package:
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


def _told(words: tuple[str, ...], *, template: str) -> tuple[str, dict[str, str]]:
    """Tell the folder and the values of variables apart."""
    values = dict(word.split("=", 1) for word in words if "=" in word)
    places = [word for word in words if "=" not in word]
    if len(places) > 1:
        raise UsageFault(f"{places[1]} is one folder too many")
    if values and not template:
        raise UsageFault(f"{next(iter(values))}=... fills in a template", hint="name it with --template")
    return (places or ["."])[0], values
