"""``guild package``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from guildpkg.cli import package_implied as implied
from guildpkg.cli.options import dry_run_option, json_option, mirrors, setting_of, source_options, talk_options
from guildpkg.cli.package_implied import implied_options
from guildpkg.cli.places import folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count, in_bytes
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    from guildpkg.pipeline.package.built import Built
    from guildpkg.pipeline.package.implied import Implied
    from guildpkg.pipeline.package.options import Options


@click.command("package", short_help="Build the archive of a recipe, a project or a run.")
@click.argument("directories", nargs=-1, metavar="[DIR]...", shell_complete=folders)
@click.option("-o", "--download-only", is_flag=True, help="Stop when src/ is laid out and patched; run no hook.")
@click.option("-e", "--noextract", is_flag=True, help="Build from src/ as it stands, with the edits in it.")
@click.option("-c", "--clean", is_flag=True, help="Remove src/, pkg/ and logs/ first, with the edits in them.")
@click.option("-f", "--force", is_flag=True, help="Replace an archive that was built from something else.")
@click.option("--check/--nocheck", default=True, help="Run the check hook (default: yes).")
@source_options
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "required", "off"]),
    default="auto",
    show_default=True,
    help="Confine hooks where it works, or always, or never.",
)
@click.option("--allow-network", is_flag=True, help="Grant hooks the network if the recipe asks for it.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Threads that compress, 1 to 256 (default: one per core).",
)
@click.option("--twice", is_flag=True, help="Build a second time under other conditions, and compare.")
@click.option("--packagelist", is_flag=True, help="Print the archives that would be made, and build nothing.")
@implied_options
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, directories: tuple[str, ...], **asked: Any) -> int:
    """Build the archive of the recipe or project in each DIR (default: the current folder), or of what a run made.

    The sources are fetched, patched and handed to the hooks of the packager script; what they leave in pkg/ becomes
    NAME-VERSION.pkg.tar.xz, with its manifest inside and a build statement beside it.

    A project without a GuildPkg is packaged as it is: its source code, and the files of its resources.
    """
    if asked["run"] is not None and directories:
        raise UsageFault("--run names what is packaged: there is no DIR beside it")
    jobs = _jobs(session, asked, directories or (".",))
    results: list[dict[str, Any]] = []
    try:
        for job in jobs:
            results.append(job())
    finally:
        # also where one of several recipes fails: what was built before it is told
        if asked["as_json"] and results:
            session.output.json(results if len(directories) > 1 else results[0])
    return int(any(result.get("twice") for result in results))


def _jobs(session: Session, asked: Mapping[str, Any], shown: Sequence[str]) -> list[Callable[[], dict[str, Any]]]:
    """Say what is to be done, one after the other; what makes no sense is refused before anything is done."""
    from guildpkg.pipeline.package.fetch import shared_out
    from guildpkg.pipeline.package.of_project import is_project

    options = _options(session, asked, _cores())
    if asked["run"] is not None:
        return [lambda: _implied(session, implied.of_run(session, asked), session.cwd, options, asked)]
    if asked["name"] and len(shown) > 1:
        raise UsageFault("--name names one package, and there are several")
    places = [(session.path(name), name) for name in shown]
    recipes = [place for place in places if not is_project(place[0])]
    wishes = dict(zip(recipes, shared_out(options.wish, recipes), strict=True))
    if recipes:
        implied.refuse_for_recipe(asked)
    act = _forecast if asked["packagelist"] or asked["dry_run"] else _build

    def job(place: tuple[Path, str]) -> dict[str, Any]:
        heading = place[1] if len(shown) > 1 else ""
        if place in wishes:
            return act(session, place, replace(options, wish=wishes[place]), asked, heading)
        _head(session, heading)
        return _implied(session, implied.of_project(session, place, asked), place[0], options, asked)

    return [partial(job, place) for place in places]


def _implied(
    session: Session, package: Implied, out: Path, options: Options, asked: Mapping[str, Any]
) -> dict[str, Any]:
    if asked["packagelist"] or asked["dry_run"]:
        return implied.forecast(session, package, out, asked)
    return _done(session, implied.build(session, package, out, options), options, asked)


def _head(session: Session, heading: str) -> None:
    if heading:
        session.output.say(f"Building {heading}")


def _build(
    session: Session, place: tuple[Path, str], options: Options, asked: Mapping[str, Any], heading: str
) -> dict[str, Any]:
    from guildpkg.pipeline.package.make import package

    _head(session, heading)
    return _done(session, package(*place, options, setting_of(session)), options, asked)


def _done(session: Session, built: Built, options: Options, asked: Mapping[str, Any]) -> dict[str, Any]:
    from guildpkg.pipeline.package.built import result_of

    result = result_of(built)
    if not asked["as_json"]:
        _say(session, result)
    if asked["twice"] and built.archive is not None:
        result["twice"] = _again(session, built.archive, options, as_json=asked["as_json"])
    return result


def _again(session: Session, archive: Path, options: Options, *, as_json: bool) -> list[dict[str, Any]]:
    from guildpkg.cli.differences import show
    from guildpkg.pipeline.package.twice import differences_of_second

    found = differences_of_second(archive, options, setting_of(session))
    if not as_json:
        if found:
            show(session, found)
        session.output.say("The second build differs" if found else "The second build gave the same bytes")
    return [item.to_json() for item in found]


def _forecast(
    session: Session, place: tuple[Path, str], options: Options, asked: Mapping[str, Any], heading: str
) -> dict[str, Any]:
    from guildpkg.pipeline.package import plan

    if asked["packagelist"]:
        result = plan.archive_of(*place)
        lines = [str(result["archive"])]
    else:
        result = plan.plan(*place, options, setting_of(session))
        lines = ([f"{heading}:"] if heading else []) + plan.lines(result)
    for line in () if asked["as_json"] else lines:
        session.output.result(line)
    return result


def _options(session: Session, asked: Mapping[str, Any], cores: int) -> Options:
    from guildpkg.pipeline.package.fetch import Wish
    from guildpkg.pipeline.package.options import HookWish, Options

    if asked["download_only"] and asked["noextract"]:
        raise UsageFault("-o lays src/ out and -e leaves it alone: give one of them")
    if asked["clean"] and asked["noextract"]:
        raise UsageFault("-c removes src/ and -e builds from it: give one of them")
    if asked["twice"] and (asked["download_only"] or asked["noextract"]):
        raise UsageFault("--twice builds from the sources: it does not go with -o or -e")
    return Options(
        wish=Wish(asked["locked"], asked["offline"], mirrors(session, asked["mirrors"])),
        hooks=HookWish(sandbox=asked["sandbox"], allow_network=asked["allow_network"], check=asked["check"]),
        download_only=asked["download_only"],
        no_extract=asked["noextract"],
        clean=asked["clean"],
        force=asked["force"],
        jobs=asked["jobs"] or cores,
    )


def _say(session: Session, result: Mapping[str, Any]) -> None:
    if result["archive"] is None:
        session.output.say("src/ is ready")
        return
    files = count(result["files"], "file")
    session.output.say(f"{in_bytes(result['size'])}, {files}, sha256 {result['sha256']}")


def _cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
