"""The sub-commands of ``guild runs`` that change many runs: they show which ones are meant, and ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.offers import Complete, going_runs, run_tags, runs, trashed_runs
from guildpkg.cli.options import dry_run_option, json_option, talk_options, together
from guildpkg.cli.runs_options import filter_options, refuse_deleted, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.runs.change import Act
    from guildpkg.pipeline.runs.chosen import Line, RunFolder, Store, Wanted

Function = TypeVar("Function", bound=Callable[..., Any])
PATIENCE = 60.0
"""Seconds to wait for the ends of runs that were stopped; they have half of it to save what they want to."""


def _acting_options(complete: Complete) -> Callable[[Function], Function]:
    """Add what the commands share that do something to many runs, after asking."""
    named = click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=complete)
    return together(talk_options, json_option, dry_run_option, yes_option, filter_options, named)


def _notes_options(function: Function) -> Function:
    """Add what the commands share that change the notes of runs."""
    named = click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=runs)
    return together(talk_options, json_option, dry_run_option, filter_options, named)(function)


@click.command("label", short_help="Give runs a label.")
@click.option("--set", "label", metavar="TEXT", help="The label.")
@click.option("--clear", is_flag=True, help="Take the label away.")
@_notes_options
@pass_session
def label_command(session: Session, /, runs: tuple[str, ...], label: str | None, *, clear: bool, **asked: Any) -> None:
    """Set the label of each RUN, or clear it."""
    from guildpkg.pipeline.runs.chosen import labelled

    if (label is None) == (not clear):
        raise UsageFault("say what the label is to be: --set TEXT, or --clear")
    _annotate(session, runs, asked, lambda notes: labelled(notes, label or ""))


@click.command("tag", short_help="Give runs tags.")
@click.option("--add", multiple=True, metavar="TAG", shell_complete=run_tags, help="Add this tag.")
@click.option("--remove", multiple=True, metavar="TAG", shell_complete=run_tags, help="Take this tag away.")
@_notes_options
@pass_session
def tag_command(
    session: Session, /, runs: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], **asked: Any
) -> None:
    """Add tags to each RUN, or take them away."""
    from guildpkg.pipeline.runs.chosen import tagged

    if not (add or remove):
        raise UsageFault("say which tags: --add TAG, --remove TAG")
    _annotate(session, runs, asked, lambda notes: tagged(notes, add, remove))


def _annotate(session: Session, words: tuple[str, ...], asked: dict[str, Any], change: Callable[[Any], Any]) -> None:
    """Change the notes of each run that words mean."""
    from guildpkg.pipeline.runs.chosen import pick, run_of

    store, wanted = store_of(session), wanted_of(session, asked)
    found = pick(store, wanted, words)
    if asked["dry_run"]:
        session.output.say(f"Would change {count(len(found), 'run')}:")
        show_runs(session, found)
    else:
        for run in found:
            store.annotate(run_of(store, run, trashed=wanted.trashed), change)
    _tell(session, found, asked)


@click.command("delete", short_help="Move runs to the trash.")
@click.option("--permanent", is_flag=True, help="Delete for good what cannot be restored then.")
@_acting_options(runs)
@pass_session
def delete_command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Move each RUN to the trash (without RUN: all that the options choose), from where it can be restored."""
    refuse_deleted(asked, "these are deleted already", "guild runs purge deletes them for good")
    _act(session, runs, asked, "permanently delete" if asked["permanent"] else "delete")


@click.command("restore", short_help="Take runs out of the trash.")
@_acting_options(trashed_runs)
@pass_session
def restore_command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Take each RUN out of the trash (without RUN: all that the options choose)."""
    _act(session, runs, {**asked, "deleted": True}, "restore")


@click.command("purge", short_help="Delete runs of the trash for good.")
@_acting_options(trashed_runs)
@pass_session
def purge_command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Delete each RUN of the trash for good (without RUN: all that the options choose)."""
    _act(session, runs, {**asked, "deleted": True}, "purge")


def _act(session: Session, words: tuple[str, ...], asked: dict[str, Any], verb: Act) -> None:
    """Show which runs are meant, ask, and do it to each."""
    from guildpkg.pipeline.runs.change import change
    from guildpkg.pipeline.runs.chosen import run_of

    store, wanted, found = _meant(session, words, asked)
    if not found:
        session.output.say(f"Nothing to {verb}")
    elif _agreed(session, found, asked, verb, default=verb in ("delete", "restore")):
        word = {"delete": "Deleted", "restore": "Restored"}.get(verb, "Deleted for good")
        done: list[RunFolder] = []
        try:
            change(store, [run_of(store, run, trashed=wanted.trashed) for run in found], verb, done.append)
        except BaseException:
            if done:
                names = ", ".join(run.short for run in done)
                session.output.say(f"{word}: {len(done)} of {count(len(found), 'run')} ({names})")
            raise
        session.output.say(f"{word}: {count(len(found), 'run')}")
    elif not asked["dry_run"]:
        found = []
    _tell(session, found, asked)


@click.command("stop", short_help="End runs that are running.")
@click.option("--kill", is_flag=True, help="End them at once, without time to save anything.")
@_acting_options(going_runs)
@pass_session
def stop_command(session: Session, /, runs: tuple[str, ...], **asked: Any) -> int:
    """End each RUN that is running (without RUN: all that the options choose), and wait until it has ended.

    It is interrupted and has 30 seconds to save what it wants to. Exits with 1 when one of them goes on.
    """
    from guildpkg.pipeline.runs.chosen import run_of
    from guildpkg.pipeline.train.later import stop

    refuse_deleted(asked, "nothing runs in the trash", "guild runs stop without it ends what is running")
    store, _, found = _meant(session, runs, asked)
    meant = [run for run in found if run.status.word in ("running", "pending")]
    folders = [run_of(store, run) for run in meant]
    going: list[RunFolder] = []
    if not meant:
        session.output.say("Nothing is running" if not runs else "They do not run")
    elif _agreed(session, meant, asked, "stop", default=True):
        going = stop(folders, store, kill=asked["kill"], wait=PATIENCE)
        _tell_ends(session, store, folders, going)
    elif not asked["dry_run"]:
        meant, folders = [], []
    if asked["as_json"]:
        left = {run.path.name for run in going}
        states = [(run.id, store.status(folder)) for run, folder in zip(meant, folders, strict=True)]
        session.output.json(
            {
                "runs": [run.id for run in meant if run.name not in left],
                "states": [
                    {"id": id_, "status": status.word, "detail": status.detail or None} for id_, status in states
                ],
            }
        )
    return int(bool(going))


def _tell_ends(session: Session, store: Store, runs: Sequence[RunFolder], going: Sequence[RunFolder]) -> None:
    """Say what became of runs that were to end; where one goes on, of each."""
    from guildpkg.pipeline.train.later import place_of

    if not going:
        session.output.say(f"Stopped: {count(len(runs), 'run')}")
        return
    if ended := [f"{run.short} {store.status(run)}" for run in runs if run not in going]:
        session.output.say(f"Stopped: {len(ended)} of {count(len(runs), 'run')} ({', '.join(ended)})")
    left = [f"{run.short} goes on" + (f" on {place}" if (place := place_of(run)) else "") for run in going]
    named = " ".join(run.short for run in going)
    hint = f"guild runs stop --kill {named} ends {'it' if len(going) == 1 else 'them'} at once"
    session.output.error(f"run {', run '.join(left)}", hint)


def _meant(session: Session, words: tuple[str, ...], asked: dict[str, Any]) -> tuple[Store, Wanted, Sequence[Line]]:
    """Find the runs that words mean, or without words all that the options choose, and where to find them."""
    from guildpkg.pipeline.runs.chosen import listing, pick

    store, wanted = store_of(session), wanted_of(session, asked)
    return store, wanted, pick(store, wanted, words) if words else listing(store, wanted, session.output.report)


def _agreed(session: Session, runs: Sequence[Line], asked: dict[str, Any], verb: str, *, default: bool) -> bool:
    """Show which runs are meant, and ask; with ``-n`` only show them."""
    session.output.say(f"You are about to {verb} {count(len(runs), 'run')}:")
    show_runs(session, runs)
    return not asked["dry_run"] and confirmed(session, "Continue?", yes=asked["yes"], default=default)


def show_runs(session: Session, runs: Sequence[Line]) -> None:
    """Say which runs are meant, by their ids: their numbers are others as soon as one is gone."""
    from guildpkg.pipeline.runs.chosen import line_of

    for run in runs:
        session.output.say("  " + "  ".join(line_of(None, run)[:4]))


def _tell(session: Session, runs: Sequence[Line], asked: dict[str, Any]) -> None:
    """Give, where it is wanted, the ids of the runs that were changed, or would be."""
    if asked["as_json"]:
        session.output.json({"runs": [run.id for run in runs]})
