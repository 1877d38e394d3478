"""``guild uninstall``."""

from __future__ import annotations

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.installed import installed_names
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session


@click.command("uninstall", short_help="Remove installed packages.")
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...", shell_complete=installed_names)
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, packages: tuple[str, ...], *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Remove each PACKAGE: NAME-VERSION, or all versions of NAME, and what only they needed.

    It is refused where something that stays needs one of them. `guild rollback` brings them back.
    """
    from guildpkg.pipeline.installed.uninstall import plan_uninstall, uninstall

    setting = setting_of(session)
    going = plan_uninstall(packages, setting)
    session.output.say("To be removed:")
    for package in going.named:
        session.output.say(f"  {package.entry}")
    for package in going.useless:
        session.output.say(f"  {package.entry}, which nothing else needs")
    made = None
    if not dry_run and confirmed(session, "Continue?", yes=yes):
        made = uninstall(going, setting)
    if made:
        session.output.say(f"Removed: {made.change} (generation {made.number}; the files go with guild gc)")
    if as_json:
        names = {"uninstall": going.named, "unneeded": going.useless}
        plain = {key: [package.entry for package in value] for key, value in names.items()}
        session.output.json({**plain, "generation": made.number if made else None})
