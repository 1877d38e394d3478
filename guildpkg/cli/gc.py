"""``guild gc``."""

from __future__ import annotations

from typing import Final

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count, in_bytes

KEEP: Final = 3
"""How many generations are left, unless it is told otherwise."""


@click.command("gc", short_help="Free the space of packages that are not installed any more.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=KEEP,
    show_default=True,
    metavar="N",
    help="Keep the newest N generations.",
)
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, keep: int, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Remove old generations, the files that none of the others has, and downloads that were not used for a month.

    Nothing that is installed goes, and nothing that a run which goes on may use.
    """
    from guildpkg.pipeline.installed.uninstall import gc, plan_gc

    setting = setting_of(session)
    garbage, environments, downloads = plan_gc(keep, setting)
    done = False
    if garbage.empty and not environments and not downloads:
        session.output.say("There is nothing to remove")
    else:
        session.output.say(
            f"To be removed: {count(len(garbage.generations), 'generation')}, {count(len(garbage.trees), 'package')},"
            f" {count(garbage.contents, 'file')}, {in_bytes(garbage.size)}, {count(len(environments), 'environment')},"
            f" {in_bytes(downloads)} of downloads that were not used for a month"
        )
        if not dry_run and confirmed(session, "Continue?", yes=yes):
            gc(keep, setting)
            done = True
    if as_json:
        session.output.json(
            {
                "generations": list(garbage.generations),
                "trees": list(garbage.trees),
                "contents": garbage.contents,
                "size": garbage.size,
                "downloads": downloads,
                "environments": [folder.name for folder in environments],
                "done": done,
            }
        )
