"""What `guild install` and `guild upgrade` share: their options, how a plan is shown, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guildpkg.cli.confirm import confirmed
from guildpkg.cli.offers import indexes
from guildpkg.cli.options import together
from guildpkg.cli.session import Session
from guildpkg.core.words import count, in_bytes

if TYPE_CHECKING:
    from guildpkg.pipeline.index.trusted import Indexes
    from guildpkg.pipeline.installed.install import Plan

Function = TypeVar("Function", bound=Callable[..., Any])


def install_options(function: Function) -> Function:
    """Add ``--index``, ``--offline`` and ``--no-env``."""
    return together(
        click.option("--no-env", is_flag=True, help="Make no environment for the Python packages that they require."),
        click.option("--offline", is_flag=True, help="Use only what was downloaded before."),
        click.option("--index", default="", metavar="NAME", shell_complete=indexes, help="Look only on this index."),
    )(function)


def show_and_do(
    session: Session, plan: Plan, indexes: Indexes, asked: Mapping[str, bool], *, action: str, asks: bool
) -> None:
    """Show a plan, ask where that is due, carry it out, and print what came of it.

    Args:
        session: Where to talk.
        plan: The plan.
        indexes: Where archives come from.
        asked: ``yes``, ``dry_run``, ``no_env`` and ``as_json``.
        action: What the generation says that was done.
        asks: True when the plan does more than was asked for.
    """
    from guildpkg.pipeline.installed.install import carry_out

    rows = plan.rows()
    _say(session, plan, rows)
    made = None
    goes_on = not asked["dry_run"]
    if goes_on and not plan.empty:
        goes_on = not asks or confirmed(session, "Continue?", yes=asked["yes"])
        made = carry_out(plan, indexes, action=action) if goes_on else None
        if made:
            session.output.say(f"Installed: {made.change or 'nothing new'} (generation {made.number})")
    wanting = [
        package for package in (*(item.package for item in plan.coming if made), *plan.present) if package.python
    ]
    if goes_on and wanting and not asked["no_env"]:
        # only now: it brings along what starts programs, which most packages do not need
        from guildpkg.pipeline.installed.environments import ensure

        ensure(wanting, indexes.setting)
    if asked["as_json"]:
        value = {"install": rows, "remove": [package.entry for package in plan.gone]}
        present = [package.entry for package in plan.present]
        session.output.json({**value, "present": present, "generation": made.number if made else None})


def _say(session: Session, plan: Plan, rows: list[dict[str, Any]]) -> None:
    for package in plan.present:
        session.output.say(f"{package.entry} is installed already")
    if rows:
        size, download = (in_bytes(sum(row[key] for row in rows)) for key in ("size", "download"))
        session.output.say(f"To be installed: {count(len(rows), 'package')}, {size} ({download} to download)")
    for row in rows:
        reason = "" if row["explicit"] else ", which is needed"
        replaced = ", in the place of another build of it" if row["replaces"] else ""
        session.output.say(f"  {row['name']}-{row['version']} from {row['origin']}{reason}{replaced}")
    if plan.gone:
        session.output.say("To be removed: " + ", ".join(package.entry for package in plan.gone))
