"""``guild runs export`` and ``guild runs import``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli import offers
from guildpkg.cli.options import dry_run_option, json_option, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.runs_acts import show_runs
from guildpkg.cli.runs_options import filter_options, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count, in_bytes


@click.command("export", short_help="Write runs to an archive.")
@click.argument("archive", shell_complete=files)
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=offers.runs)
@click.option("--move", is_flag=True, help="Move the runs to the trash when they are in the archive.")
@click.option("-f", "--force", is_flag=True, help="Replace ARCHIVE if it is there.")
@filter_options
@dry_run_option
@json_option
@talk_options
@pass_session
def export_command(session: Session, /, archive: str, runs: tuple[str, ...], **asked: Any) -> None:
    """Write each RUN (without RUN: all that the options choose) to ARCHIVE, whole and with a SHA-256 for every file."""
    from guildpkg.pipeline.runs.chosen import listing, pick
    from guildpkg.pipeline.runs.transfer import export_chosen

    store, wanted = store_of(session), wanted_of(session, asked)
    found = pick(store, wanted, runs) if runs else listing(store, wanted, session.output.report)
    if asked["dry_run"]:
        show_runs(session, found)
    size = 0
    if found and not asked["dry_run"]:
        target = session.path(archive)
        size = export_chosen(
            store,
            found,
            target,
            session.output.report,
            trashed=wanted.trashed,
            force=asked["force"],
            move=asked["move"],
        )
    if asked["as_json"]:
        session.output.json({"archive": str(session.path(archive)), "size": size, "runs": [run.id for run in found]})
    elif asked["dry_run"]:
        session.output.say(f"Would export {count(len(found), 'run')} to {archive}")
    else:
        session.output.say(
            f"Exported {count(len(found), 'run')} to {archive} ({in_bytes(size)})" if found else "Nothing to export"
        )


@click.command("import", short_help="Take runs in from an archive.")
@click.argument("archive", shell_complete=files)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--move", is_flag=True, help="Delete ARCHIVE when its runs are imported.")
@dry_run_option
@json_option
@talk_options
@pass_session
def import_command(session: Session, /, archive: str, ids: tuple[str, ...], **asked: Any) -> None:
    """Take the runs of ARCHIVE in, or those whose ids begin with ID. Runs that are there already stay as they are."""
    from guildpkg.pipeline.runs.transfer import import_chosen

    done = import_chosen(
        store_of(session),
        session.path(archive),
        ids,
        session.output.report,
        dry_run=asked["dry_run"],
        move=asked["move"],
    )
    if asked["as_json"]:
        session.output.json({"imported": list(done.new), "known": list(done.known), "trashed": list(done.trashed)})
        return
    for name in done.new:
        session.output.result(name)
    word = "Would import" if asked["dry_run"] else "Imported"
    known = f"; {count(len(done.known), 'run')} here already" if done.known else ""
    session.output.say(f"{word} {count(len(done.new), 'run')}{known}")
    for name in done.trashed:
        session.output.say(f"Run {name[-8:]} is in the trash: guild runs restore {name[-8:]} takes it out")
