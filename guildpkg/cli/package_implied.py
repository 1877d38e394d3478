"""``guild package`` where no recipe says what is packaged: a project as it is, and what a run made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guildpkg.cli.confirm import told, yes_option
from guildpkg.cli.offers import run_folders
from guildpkg.cli.options import setting_of, together
from guildpkg.cli.session import Session
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.package.built import Built
    from guildpkg.pipeline.package.implied import Implied
    from guildpkg.pipeline.package.of_project import Globs
    from guildpkg.pipeline.package.options import Options

Function = TypeVar("Function", bound=Callable[..., Any])
_OURS = {
    "name": "--name",
    "version": "--version",
    "include": "--include",
    "exclude": "--exclude",
    "unfinished": "--unfinished",
}
_RECIPES = {
    "download_only": "-o",
    "noextract": "-e",
    "clean": "-c",
    "locked": "--locked",
    "mirrors": "--source",
    "allow_network": "--allow-network",
}


def implied_options(function: Function) -> Function:
    """Add the options of packages without a recipe."""
    return together(
        yes_option,
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave such files out (no recipe)."),
        click.option("--include", multiple=True, metavar="GLOB", help="Take such files in any case (no recipe)."),
        click.option("--version", metavar="VERSION", help="Version of the package (no recipe)."),
        click.option("--name", metavar="NAME", help="Name of the package (no recipe)."),
        click.option("--unfinished", is_flag=True, help="With --run: also of a run that did not complete."),
        click.option(
            "--run", metavar="RUN", shell_complete=run_folders, help="Package what a run made, as MODEL+DATASET."
        ),
    )(function)


def refuse_for_recipe(asked: Mapping[str, Any]) -> None:
    """Stop when something is asked of a recipe that only means something without one.

    Raises:
        UsageFault: It is.
    """
    for key, option in _OURS.items():
        if asked[key]:
            raise UsageFault(f"{option} is for what has no recipe: GuildPkg says what is packaged")


def of_project(session: Session, place: tuple[Path, str], asked: Mapping[str, Any]) -> Implied:
    """Say what the package of a project is, asking for what neither it nor the command line says.

    Raises:
        UsageFault: Something is asked that means nothing here.
        GuildError: The project cannot be packaged, or there is no answer.
    """
    from guildpkg.pipeline.package import of_project as project_of

    _refuse(asked, f"{place[1]} is a project without a recipe", more={"unfinished": "--unfinished"})
    project = project_of.project_at(*place)
    about = project.package
    name, version = asked["name"] or (about.name if about else ""), asked["version"] or (about.version if about else "")
    if not asked["packagelist"] or not (name and version):
        name = name or told(
            session,
            "Name of the package",
            "--name NAME, or in the project file",
            suggested=project_of.suggested_name(project),
            yes=asked["yes"],
        )
        version = version or told(session, "Version", "--version VERSION", suggested="1", yes=asked["yes"])
    return project_of.of_project(project, name, version, _globs(asked), session.output.report)


def of_run(session: Session, asked: Mapping[str, Any]) -> Implied:
    """Say what the package of a run is, asking for what neither it nor the command line says.

    Raises:
        UsageFault: Something is asked that means nothing here.
        GuildError: There is no such run, it did not complete, or there is no answer.
    """
    from guildpkg.cli.runs_options import store_of, wanted_of
    from guildpkg.pipeline.package import of_run as run_of
    from guildpkg.pipeline.runs.chosen import by_path, one

    _refuse(asked, "a run has no recipe", more={"twice": "--twice"})
    store, word = store_of(session), asked["run"]
    folder = session.path(word)
    run = by_path(store, session.cwd, word) if folder.is_dir() else one(store, wanted_of(session, {}), word)
    run_of.refuse_unfinished(run, store.status(run), allowed=asked["unfinished"])
    model, data_set, version = run_of.suggested(run)
    name = asked["name"]
    if not name:
        option = f"--name {model}+DATASET"
        data_set = data_set or told(session, "Data set it was trained on", option, suggested="", yes=asked["yes"])
        name = f"{model}+{data_set}"
    return run_of.of_run(store, run, name, asked["version"] or version, _globs(asked))


def forecast(session: Session, implied: Implied, out: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Show what would be packaged."""
    from guildpkg.pipeline.package.implied import lines, plan_implied

    result = plan_implied(implied, out)
    shown = lines(result)
    if asked["packagelist"]:
        result = {key: result[key] for key in ("name", "version", "archive", "exists")}
        shown = [str(result["archive"])]
    for line in () if asked["as_json"] else shown:
        session.output.result(line)
    return result


def build(session: Session, implied: Implied, out: Path, options: Options) -> Built:
    """Build the archive in a folder."""
    from guildpkg.pipeline.package.implied import build_implied

    return build_implied(implied, out, options, setting_of(session))


def _refuse(asked: Mapping[str, Any], why: str, more: Mapping[str, str]) -> None:
    for key, option in {**_RECIPES, **more}.items():
        if asked[key]:
            raise UsageFault(f"{why}: {option} means nothing for it")


def _globs(asked: Mapping[str, Any]) -> Globs:
    from guildpkg.pipeline.package.of_project import Globs

    return Globs(asked["include"], asked["exclude"])
