"""``guild diff``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli import offers
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import Unknown, UsageFault

_TITLES = {
    "flags": "Flags",
    "attrs": "Attributes",
    "packages": "Python packages",
    "vcs": "State of the project",
    "resources": "Inputs",
    "source": "Source code",
    "output": "Output",
}


@click.command("diff", short_help="Show what differs between two runs.")
@click.argument("runs", nargs=-1, metavar="[RUN] [RUN]", shell_complete=offers.runs)
@click.option("--flags", is_flag=True, help="Compare the flags.")
@click.option("--attrs", is_flag=True, help="Compare command, environment, machine, label and tags.")
@click.option("--packages", is_flag=True, help="Compare the Python packages.")
@click.option("--vcs", is_flag=True, help="Compare the commits and what was not committed.")
@click.option("--resources", is_flag=True, help="Compare the files that were laid out for the runs.")
@click.option("--source", is_flag=True, help="Compare the source code.")
@click.option("--output", is_flag=True, help="Compare what the runs printed.")
@filter_options
@json_option
@talk_options
@pass_session
def command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Show what the second RUN has that the first has not (default: the newest two; one RUN: it and the newest).

    Without options everything but the output is compared.
    """
    from guildpkg.pipeline.runs.chosen import listing, one
    from guildpkg.pipeline.runs.diff import USUAL, diff

    if len(runs) > 2:
        raise UsageFault(f"{len(runs)} runs are named, and two can be compared", hint="guild compare takes any number")
    store, wanted = store_of(session), wanted_of(session, asked)
    if len(runs) < 2 and len(listing(store, wanted)) < 2 - len(runs):
        hint = "`guild train` makes one; --all looks at those of all projects"
        raise Unknown("there are not two runs to compare yet", hint=hint)
    words = runs if len(runs) == 2 else (*(runs or ("1",)), "0")
    old, new = (one(store, wanted, word) for word in words)
    found = diff(old, new, tuple(name for name in _TITLES if asked[name]) or USUAL)
    if asked["as_json"]:
        sections = {s.name: {"values": {k: list(v) for k, v in s.pairs.items()}, "diff": s.text or None} for s in found}
        session.output.json({"runs": [old.record().id, new.record().id], **sections})
        return
    session.output.say(f"Comparing {old.short} and {new.short}")
    for section in found:
        if section.is_empty:
            continue
        session.output.result(f"{_TITLES[section.name]}:")
        if section.name != "source":
            rows = [(f"  {name}", _shown(pair[0]), _shown(pair[1])) for name, pair in section.pairs.items()]
            session.output.table(rows)
        for line in section.text.split("\n")[:-1]:
            session.output.result(f"  {line}")
    if all(section.is_empty for section in found):
        session.output.say("There is no difference")


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return " ".join(str(item) for item in value) or "''"
    return str(value).lower() if isinstance(value, bool) else str(value) or "''"
