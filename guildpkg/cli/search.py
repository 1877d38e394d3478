"""``guild search``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import indexes, published
from guildpkg.cli.options import json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("search", short_help="Look for packages.")
@click.argument("terms", nargs=-1, required=True, metavar="TERM...", shell_complete=published)
@click.option("--index", "index", default="", metavar="NAME", shell_complete=indexes, help="Look into this index only.")
@click.option("--refresh", is_flag=True, help="Ask the indexes also if they were asked just now.")
@click.option("--offline", is_flag=True, help="Use what was read before.")
@json_option
@talk_options
@pass_session
def command(session: Session, /, terms: tuple[str, ...], **asked: Any) -> None:
    """Look for packages whose name or description has every TERM in it.

    A TERM may be a pattern for names ('mnist-*'), a regular expression ('^mnist'), or just a word; '*' lists all.
    """
    from guildpkg.pipeline.index.search import Look, search

    if asked["refresh"] and asked["offline"]:
        raise UsageFault("--refresh asks the indexes and --offline does not: give one of them")
    look = Look(asked["index"], asked["offline"], asked["refresh"])
    found, indexes = search(terms, look, setting_of(session))
    if asked["as_json"]:
        session.output.json([hit.as_json() for hit in found])
        return
    marks = {(True, False): "installed", (False, True): "yanked", (True, True): "installed, yanked"}
    several = len(indexes) > 1
    session.output.table(
        [
            (
                hit.line.name,
                hit.line.version,
                marks.get((hit.installed, hit.line.yanked), ""),
                *([hit.index] if several else []),
                hit.line.description,
            )
            for hit in found
        ]
    )
    if not indexes:
        session.output.say("There are no indexes yet: `guild publish` makes one, `guild index add` trusts another")
    elif not found:
        session.output.say(f"Nothing was found on {', '.join(indexes)}")
