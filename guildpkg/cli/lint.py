"""``guild lint``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count


@click.command("lint", short_help="Look for mistakes in a recipe or an archive.")
@click.argument("targets", nargs=-1, metavar="[RECIPE|ARCHIVE]...", shell_complete=files)
@click.option("--all", "show_all", is_flag=True, help="Show also what the recipe allows, with the reason.")
@json_option
@talk_options
@pass_session
def command(session: Session, targets: tuple[str, ...], *, show_all: bool, as_json: bool) -> int:
    """Look for mistakes in each RECIPE folder or ARCHIVE (default: the recipe in the current folder).

    Exits with 1 when there is an error among the findings; warnings and remarks alone do not fail.
    """
    from guildpkg.pipeline.package.lint import lint

    home = session.env.get("HOME", "")
    report = setting_of(session).report
    reports = [lint(session.path(shown), shown, home=home, report=report) for shown in targets or (".",)]
    if as_json:
        values = [report.to_json() for report in reports]
        session.output.json(values if len(targets) > 1 else values[0])
    for found in () if as_json else reports:
        for finding in (*found.findings, *(found.suppressed if show_all else ())):
            session.output.result(str(finding))
        total = ", ".join(count(number, str(severity)) for severity, number in found.counts.items() if number)
        session.output.say(f"{found.target}: {total or 'nothing to complain about'}")
    return int(any(report.failed for report in reports))
