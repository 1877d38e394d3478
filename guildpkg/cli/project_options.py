"""What the commands that look at projects share: where the project is, and how a listing looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guildpkg.cli.offers import Complete
from guildpkg.cli.options import json_option, talk_options, together
from guildpkg.cli.places import files, folders
from guildpkg.cli.session import Session

if TYPE_CHECKING:
    from guildpkg.core.project.find import Listed
    from guildpkg.core.project.model import Project
    from guildpkg.pipeline.project.listing import Row

Function = TypeVar("Function", bound=Callable[..., Any])


def project_options(function: Function) -> Function:
    """Add ``-P`` and ``--project-file``."""
    return together(
        click.option(
            "--project-file",
            default="",
            metavar="FILE",
            shell_complete=files,
            help="Read this project file instead of looking for one.",
        ),
        click.option(
            "-P",
            "--project",
            "project_dir",
            default="",
            metavar="DIR",
            shell_complete=folders,
            help="Take the project in DIR (default: the nearest one upwards).",
        ),
    )(function)


def listing_options(complete: Complete) -> Callable[[Function], Function]:
    """Add what the commands share that list models and what belongs to them; *complete* completes what is listed."""
    return together(
        talk_options,
        json_option,
        project_options,
        click.option("-a", "--all", "show_all", is_flag=True, help="Include the models of installed packages."),
        click.argument("filters", nargs=-1, metavar="[FILTER]...", shell_complete=complete),
    )


def models_here(session: Session, asked: Mapping[str, Any]) -> tuple[Listed, ...]:
    """List the models that a listing is about, and say when it is limited to the project."""
    from guildpkg.pipeline.project.here import find_project, installed_projects, listed_models

    where = {"directory": asked["project_dir"], "project_file": asked["project_file"]}
    project = find_project(session.cwd, **where, home=session.home)
    if project is not None and not asked["show_all"]:
        session.output.say(f"Limiting models to {_place(project, session.cwd)} (use --all to include all)")
        return listed_models(project, session.cwd)
    return listed_models(project, session.cwd, installed_projects(session.home, session.output.report))


def _place(project: Project, cwd: Path) -> str:
    return "the current directory" if Path(project.dir) == cwd else f"the project in {project.dir}"


def show_listing(
    session: Session, what: str, make: Callable[[tuple[Listed, ...]], Sequence[Row]], asked: Mapping[str, Any]
) -> None:
    """Show a listing: names and descriptions, with ``-v`` also the details.

    Args:
        session: Where the user stands.
        what: What is listed.
        make: Gives the rows of models.
        asked: The options of the command, and its filters.
    """
    listed = models_here(session, asked)
    rows = make(listed)
    if asked["as_json"]:
        session.output.json([row.value for row in rows])
    elif not listed:
        session.output.say(
            f"There are no {what} here: `guild init --project DIR` begins a project, `guild install` brings some"
        )
    elif not rows:
        session.output.say(f"There are no such {what}" if asked["filters"] else f"The models here have no {what}")
    elif session.output.verbosity > 0:
        for row in rows:
            session.output.result(f"{row.name}  {row.description}".rstrip())
            for label, text in row.details:
                session.output.result(f"  {label}: {text}".rstrip())
    else:
        session.output.table([(row.name, row.description) for row in rows])
