"""``guild compare``."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import click

from guildpkg.cli import offers
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.runs_options import filter_options, project_of, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.runs.compare import Comparison


@click.command("compare", short_help="Show runs side by side.")
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=offers.runs)
@click.option("-c", "--columns", multiple=True, metavar="COLS", help="Show these columns behind the first ones.")
@click.option("--only-columns", "only", multiple=True, metavar="COLS", help="Show these columns and no others.")
@click.option("--min", "smallest", default="", metavar="COL", help="Smallest value of COL first.")
@click.option("--max", "largest", default="", metavar="COL", help="Largest value of COL first.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Show the first N runs.")
@click.option(
    "--csv", "csv_path", is_flag=False, flag_value="-", metavar="[FILE]", help="Write CSV to FILE, or to stdout."
)
@click.option("-f", "--force", is_flag=True, help="With --csv: replace FILE if it is there.")
@filter_options
@json_option
@talk_options
@pass_session
def command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Show runs side by side, newest first: all that the options choose, or each RUN.

    COLS are names of attributes, flags and scalars, with commas between them.
    """
    from guildpkg.pipeline.runs.chosen import listing, pick
    from guildpkg.pipeline.runs.compare import Asked, cell, compare, plain

    if asked["smallest"] and asked["largest"]:
        raise UsageFault("--min and --max both say what comes first: give one of them")
    if asked["csv_path"] and asked["as_json"]:
        raise UsageFault("--csv and --json are two forms of the result: give one of them")
    if (path := asked["csv_path"] or "").replace(":", "").isdecimal():
        hint = f"write `guild compare {path} --csv` for the run, ./{path} for a file of that name"
        raise UsageFault(f"--csv {path}: is that a run or a file?", hint=hint)
    if asked["force"] and path in ("", "-"):
        raise UsageFault("--force goes with --csv FILE")
    store = store_of(session)
    wanted = wanted_of(session, asked, say=not (asked["as_json"] or asked["csv_path"]))
    found = pick(store, wanted, runs) if runs else listing(store, wanted, session.output.report)
    wishes = Asked(asked["columns"], asked["only"], asked["smallest"], asked["largest"], asked["top"] or 0)
    made = compare(
        store, found, project_of(session, asked), wishes, trashed=[run.id for run in found if wanted.trashed]
    )
    if asked["as_json"]:
        heads = [column.head for column in made.columns]
        session.output.json(
            [
                {
                    "id": run.id,
                    **{head: plain(c, value) for head, c, value in zip(heads, made.columns, row, strict=True)},
                }
                for run, row in zip(made.runs, made.rows, strict=True)
            ]
        )
    elif asked["csv_path"]:
        _csv(session, made, asked["csv_path"], force=asked["force"])
    elif made.rows:
        cells = [[cell(column, value) for column, value in zip(made.columns, row, strict=True)] for row in made.rows]
        session.output.table([[column.head for column in made.columns], *cells])
    else:
        session.output.say("There are no runs to compare")


def _csv(session: Session, made: Comparison, path: str, *, force: bool) -> None:
    from guildpkg.pipeline.runs.compare import plain, write_table

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.head for column in made.columns])
    for row in made.rows:
        values = [plain(column, value) for column, value in zip(made.columns, row, strict=True)]
        writer.writerow([" ".join(value) if isinstance(value, list) else value for value in values])
    data = text.getvalue().encode("utf-8", "surrogateescape")
    if path == "-":
        session.output.raw_result(data)
    else:
        write_table(session.path(path), data, force=force)
        session.output.say(f"Wrote {count(len(made.rows), 'row')} to {path}")
