"""``guild install``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count, in_bytes

if TYPE_CHECKING:
    from guildpkg.pipeline.install import Plan


@click.command("install", short_help="Install packages.")
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...", shell_complete=files)
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, packages: tuple[str, ...], *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Install each PACKAGE: a name, a name with a range (`"digits >= 1, < 3"`), an archive, or its URL.

    What it needs is installed with it. Versions stand side by side; what is installed already is kept where it will
    do. It asks when more would be installed than was named.
    """
    from guildpkg.pipeline import install

    setting = setting_of(session)
    plan = install.plan(packages, session.path, setting)
    rows = plan.rows()
    _say(session, plan, rows)
    result: dict[str, Any] = {"install": rows, "present": [package.entry for package in plan.present]}
    more = any(not row["explicit"] for row in rows)
    asks = more and not dry_run and not yes
    if dry_run or plan.empty or (asks and not confirmed(session, "Continue?", yes=yes)):
        generation = None
    else:
        made = install.carry_out(plan, setting)
        generation = made.number if made else None
        if made:
            session.output.say(f"Installed: {made.change} (generation {made.number})")
    if as_json:
        session.output.json({**result, "generation": generation})


def _say(session: Session, plan: Plan, rows: list[dict[str, Any]]) -> None:
    for package in plan.present:
        session.output.say(f"{package.entry} is installed already")
    if not rows:
        return
    size = in_bytes(sum(row["size"] for row in rows))
    session.output.say(f"To be installed: {count(len(rows), 'package')}, {size}")
    for row in rows:
        reason = "" if row["explicit"] else ", which is needed"
        replaced = ", in the place of another build of it" if row["replaces"] else ""
        session.output.say(f"  {row['name']}-{row['version']} from {row['origin']}{reason}{replaced}")
