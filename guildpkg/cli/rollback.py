"""``guild rollback``."""

from __future__ import annotations

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session


@click.command("rollback", short_help="Go back to what was installed before.")
@click.argument("number", required=False, type=click.IntRange(0), metavar="[N]")
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, number: int | None, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Install again what generation N had (default: the one before), and nothing else.

    Called again, it goes back further. Generation 0 has nothing in it; see `guild history`.
    """
    from guildpkg.pipeline.installed.uninstall import plan_rollback, rollback

    setting = setting_of(session)
    target, change = plan_rollback(number, setting)
    session.output.say(f"Back to generation {target.number}: {change or 'the same packages'}")
    made = None
    if not dry_run and (not change or confirmed(session, "Continue?", yes=yes)):
        made = rollback(number, setting)
    if made:
        session.output.say(f"This is generation {made.number} now")
    if as_json:
        session.output.json({"to": target.number, "change": change, "generation": made.number if made else None})
