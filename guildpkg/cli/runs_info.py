"""``guild runs info``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import click

from guildpkg.cli.offers import runs
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session


@click.command("info", short_help="Show what is known of a run.")
@click.argument("run", default="", shell_complete=runs)
@click.option("--fields", is_flag=True, help="Show the fields of the project instead.")
@filter_options
@json_option
@talk_options
@pass_session
def info_command(session: Session, /, run: str, *, fields: bool, **asked: Any) -> None:
    """Show what is known of RUN (default: the newest)."""
    from guildpkg.pipeline.runs.chosen import one
    from guildpkg.pipeline.runs.info import info

    if fields:
        _show_fields(session, run, asked)
        return
    store = store_of(session)
    found = info(store, one(store, wanted_of(session, asked), run))
    if asked["as_json"]:
        session.output.json(found)
        return
    for line in _lines(found):
        session.output.result(line.rstrip())


def _show_fields(session: Session, run: str, asked: dict[str, Any]) -> None:
    """Show the fields of the project with their values for a run."""
    from guildpkg.pipeline.project.here import find_project
    from guildpkg.pipeline.runs.chosen import one
    from guildpkg.pipeline.runs.fields import field_rows, field_values, project_for

    where = {"directory": asked["project_dir"], "project_file": asked["project_file"]}
    here = find_project(session.cwd, **where, home=session.home)  # before anybody warns of what is refused here
    store = store_of(session)
    place = one(store, wanted_of(session, asked), run)
    project = project_for(place, here)
    rows = field_rows(field_values(store, place, project))
    if asked["as_json"]:
        session.output.json(rows)
    else:
        session.output.table([(row["label"], f"{row['text']} {row['unit']}".rstrip()) for row in rows])


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Write what is known of a run for people."""
    for name, value in found.items():
        if name == "command":
            yield f"command: {shlex.join(value)}"
        elif name == "operations":
            for row in value:
                detail = f" ({row['detail']})" if row["detail"] else ""
                yield f"operation {row['operation']}: {row['status']}{detail}, {row['started']}"
        elif name == "resources":
            yield "resources:"
            for row in value:
                spoilt = " (not the same any more when the run ended)" if row["changed"] else ""
                yield f"  {row['path']}: {row['sha256'] or row['source']}{spoilt}"
        elif isinstance(value, Mapping):
            yield f"{name}:"
            yield from (f"  {key}: {'' if inner is None else inner}" for key, inner in value.items())
        elif isinstance(value, list):
            yield f"{name}: {', '.join(str(item) for item in value)}"
        else:
            yield f"{name}: {'' if value is None else value}"
