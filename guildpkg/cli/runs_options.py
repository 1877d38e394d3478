"""What the commands that are about runs share: which runs are meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guildpkg.cli.offers import run_folders, run_labels, run_operations, run_tags, statuses
from guildpkg.cli.options import json_option, talk_options, together
from guildpkg.cli.project_options import project_options
from guildpkg.cli.session import Session
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.core.project.model import Project
    from guildpkg.errors import Fault
    from guildpkg.pipeline.project.here import Located
    from guildpkg.pipeline.runs.chosen import RunFolder, Store, Wanted

Function = TypeVar("Function", bound=Callable[..., Any])

all_runs_option = click.option(
    "-a", "--all", "show_all", is_flag=True, help="Runs of all projects, not of this one only."
)


def filter_options(function: Function) -> Function:
    """Add the options that choose runs."""
    return together(
        click.option(
            "-F", "--filter", "filters", multiple=True, metavar="EXPR", help="Only runs for which EXPR holds."
        ),
        click.option(
            "-t",
            "--tag",
            "tags",
            multiple=True,
            metavar="TAG",
            shell_complete=run_tags,
            help="Only runs with this tag.",
        ),
        click.option(
            "-l",
            "--label",
            "labels",
            multiple=True,
            metavar="TEXT",
            shell_complete=run_labels,
            help="Only runs with TEXT in the label.",
        ),
        click.option(
            "-o",
            "--operation",
            "operations",
            multiple=True,
            metavar="TEXT",
            shell_complete=run_operations,
            help="Only runs of such operations.",
        ),
        click.option(
            "-s",
            "--status",
            "statuses",
            multiple=True,
            metavar="STATUS",
            shell_complete=statuses,
            help="Only runs in this state.",
        ),
        click.option("--deleted", is_flag=True, help="Runs in the trash."),
        all_runs_option,
        project_options,
    )(function)


def one_run_options(function: Function) -> Function:
    """Add what the commands share that are about the run in a folder, or the newest one; see `run_of_words`."""
    return together(
        talk_options,
        json_option,
        all_runs_option,
        click.option("-L", "--latest-run", "latest", is_flag=True, help="The newest run."),
        click.argument("rundir", default="", shell_complete=run_folders),
    )(function)


def store_of(session: Session) -> Store:
    """Open the store of runs."""
    from guildpkg.pipeline.runs.chosen import open_store

    return open_store(session.home)


def _located(session: Session, asked: dict[str, Any]) -> Located | None:
    """Find the project that runs are limited to: none outside of one, and none with ``--all``."""
    from guildpkg.pipeline.project.here import locate_project

    if asked.get("show_all"):
        return None
    where = {"directory": asked.get("project_dir", ""), "project_file": asked.get("project_file", "")}
    return locate_project(session.cwd, **where, home=session.home)


def project_of(session: Session, asked: dict[str, Any]) -> Project | None:
    """Give the project that runs are limited to; none also where it has faults, of which `wanted_of` has warned."""
    found = _located(session, asked)
    return found.project if found else None


def _warn(session: Session, faults: Sequence[Fault]) -> None:
    """Say that a project has faults, which keep nobody from looking at its runs."""
    from guildpkg.core.events import Warn
    from guildpkg.core.words import count

    more = f"; and {count(len(faults) - 1, 'more fault')}: see guild check" if faults[1:] else ""
    session.output.report(Warn(f"the project has a fault: {faults[0]}{more}"))


def wanted_of(session: Session, asked: dict[str, Any], *, say: bool = False) -> Wanted:
    """Say which runs are meant: outside of a project, and with ``--all``, those of every project.

    A project whose file has faults is warned of: here it is only asked where it is.
    """
    from guildpkg.pipeline.runs.chosen import Wanted, read_filters, statuses_of

    project = _located(session, asked)
    if project is not None and project.faults:
        _warn(session, project.faults)
    if project is not None and say:
        session.output.say("Limiting runs to this project (use --all to include all)")
    return Wanted(
        project=project.dir if project else "",
        statuses=statuses_of(asked.get("statuses", ())),
        operations=tuple(asked.get("operations", ())),
        labels=tuple(asked.get("labels", ())),
        tags=tuple(asked.get("tags", ())),
        trashed=bool(asked.get("deleted")),
        filters=read_filters(asked.get("filters", ()), time.time_ns()),
    )


def refuse_deleted(asked: dict[str, Any], why: str, hint: str) -> None:
    """Refuse ``--deleted`` where it has no meaning.

    Raises:
        UsageFault: It is given.
    """
    if asked["deleted"]:
        raise UsageFault(f"--deleted: {why}", hint=hint)


def run_of_words(session: Session, rundir: str, asked: dict[str, Any]) -> RunFolder:
    """Find the run that RUNDIR or ``-L`` names.

    Args:
        session: Where the user stands.
        rundir: A run's folder, RUNDIR in it, the beginning of an id, or empty.
        asked: The options of the command, *latest* among them.

    Raises:
        UsageFault: Both are given, or neither.
        Unknown: There is no such run.
    """
    from guildpkg.pipeline.runs.chosen import by_path, one

    if rundir and asked["latest"]:
        raise UsageFault("--latest-run cannot be used with RUNDIR")
    if not rundir and not asked["latest"]:
        raise UsageFault("either RUNDIR or --latest-run is required")
    store = store_of(session)
    if rundir and (session.path(rundir)).is_dir():
        return by_path(store, session.cwd, rundir)
    return one(store, wanted_of(session, asked), rundir)
