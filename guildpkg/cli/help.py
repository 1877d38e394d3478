"""``guild help``."""

from __future__ import annotations

import click

from guildpkg.cli.installed import installed_names
from guildpkg.cli.offers import both
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.places import folders
from guildpkg.cli.project_options import project_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.text import printable
from guildpkg.errors import UsageFault


@click.command("help", short_help="Show what a project can do.")
@click.argument("where", default="", metavar="[DIR|PACKAGE]", shell_complete=both(installed_names, folders))
@click.option("-n", "--no-pager", is_flag=True, help="Print it, also on a terminal.")
@project_options
@json_option
@talk_options
@pass_session
def command(
    session: Session, where: str, project_dir: str, project_file: str, *, no_pager: bool, as_json: bool
) -> None:
    """Show the models, operations and flags of the project in DIR or of an installed PACKAGE.

    Without both it is the project of the current folder. `guild COMMAND --help` shows the options of a command.
    """
    from guildpkg.pipeline.project.help import help_text, help_value, project_of

    if where and (project_dir or project_file):
        raise UsageFault("the project is named twice", hint=f"leave out {where}, or the option")
    project = project_of(where or project_dir, project_file, session.cwd, session.home)
    if as_json:
        session.output.json(help_value(project, session.cwd))
        return
    text = help_text(project, session.cwd)
    if session.output.stdout is not None and session.output.stdout.isatty() and not no_pager:
        click.echo_via_pager(printable(text))
        return
    for line in text.splitlines():
        session.output.result(line)
