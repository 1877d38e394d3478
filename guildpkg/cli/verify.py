"""``guild verify``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.installed import installed_names
from guildpkg.cli.offers import both
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import GuildError, UsageFault

MOST_SHOWN = 50
"""Most problems of one package that are listed without ``-v``."""


@click.command("verify", short_help="Check archives and installed packages against their manifests.")
@click.argument("subjects", nargs=-1, metavar="[ARCHIVE|PACKAGE]...", shell_complete=both(installed_names, files))
@click.option("--repair", is_flag=True, help="Make installed packages sound again.")
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, subjects: tuple[str, ...], *, repair: bool, dry_run: bool, as_json: bool) -> int:
    """Check each ARCHIVE, or each installed PACKAGE (default: all), against its manifest.

    Of an archive that is order, names, modes, times and content; of an installed package, what is missing, altered,
    extra or has other permissions. Exits with 1 when something is not as it should be.
    """
    from guildpkg.pipeline.installed.verify import chosen, is_installed

    if dry_run and not repair:
        raise UsageFault("-n is for --repair: without it nothing is changed")
    setting = setting_of(session)
    names = [word for word in subjects if is_installed(word, setting)]
    archives = [word for word in subjects if word not in names]
    if repair and archives:
        hint = "what is not installed cannot be repaired: make or fetch an archive anew"
        raise UsageFault(f"--repair is for installed packages, and {archives[0]} is none", hint=hint)
    results: list[dict[str, Any]] = []
    failed = False
    for shown in archives:
        failed |= _archive(session, shown, results, alone=len(subjects) == 1, as_json=as_json)
    as_told = len(results)
    if names or not subjects:
        packages = chosen(names, setting)
        if not packages:
            session.output.say("There are no packages: guild install")
        for package in packages:
            failed |= _installed(session, package, results, repair=repair, dry_run=dry_run, as_json=as_json)
    if as_json and (not failed or len(results) > as_told):
        session.output.json(results if len(subjects) != 1 or len(results) != 1 else results[0])
    return int(failed)


def _archive(session: Session, shown: str, results: list[dict[str, Any]], *, alone: bool, as_json: bool) -> bool:
    """Check an archive; say whether something is wrong with it."""
    from guildpkg.pipeline.package import inspect

    path = session.path(shown)
    try:
        verified = inspect.verify(path, shown, setting_of(session).report)
    except GuildError as error:
        if alone:
            raise
        session.output.error(str(error), error.hint)
        return True
    results.append(inspect.to_json(verified, path))
    if not as_json:
        members = count(verified.members, "member")
        session.output.result(f"{shown}: {members}, all as the manifest says, sha256 {verified.sha256}")
    return False


def _installed(
    session: Session, package: Any, results: list[dict[str, Any]], *, repair: bool, dry_run: bool, as_json: bool
) -> bool:
    """Check an installed package; say whether something is wrong with it."""
    from guildpkg.pipeline.installed.verify import verify_installed

    try:
        outcome = verify_installed(package, setting_of(session), mend=repair and not dry_run)
    except GuildError as error:
        session.output.error(str(error), error.hint)
        return True
    results.append(outcome.as_json())
    if as_json:
        return bool(outcome.left)
    if not outcome.problems:
        session.output.result(f"{package.entry}: {count(package.files, 'file')}, all as the manifest says")
    shown = outcome.problems if session.output.verbosity > 0 else outcome.problems[:MOST_SHOWN]
    for problem in shown:
        detail = f" ({problem.detail})" if problem.detail else ""
        session.output.result(f"{package.entry}: {problem.word}: {problem.shown}{detail}")
    if more := len(outcome.problems) - len(shown):
        session.output.result(f"{package.entry}: and {count(more, 'more problem')}")
    if outcome.problems and not outcome.left:
        session.output.say(f"{package.entry} is sound again")
    elif outcome.left and dry_run:
        session.output.say(f"would make {package.entry} sound again")
    elif outcome.left:
        session.output.say(f"{package.entry} is damaged: guild verify --repair {package.entry}")
    return bool(outcome.left)
