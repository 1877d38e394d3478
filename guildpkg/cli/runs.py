"""``guild runs`` and its sub-commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.options import dry_run_option, json_option, talk_options
from guildpkg.cli.runs_info import info_command
from guildpkg.cli.runs_options import filter_options, refuse_deleted, store_of, wanted_of
from guildpkg.cli.runs_transfer import export_command, import_command
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.group("runs", short_help="List runs, and look after them.", invoke_without_command=True)
@filter_options
@click.option("-m", "--most", type=click.IntRange(1), metavar="N", help="Show N runs (default: 20; with --json all).")
@json_option
@talk_options
@click.pass_context
def command(context: click.Context, /, **asked: Any) -> None:
    """List runs, newest first, or do something with them.

    RUN is a number of the listing, a range of them (2:5), or the beginning of an id.
    """
    if context.invoked_subcommand is None:
        session = context.find_object(Session)
        assert session is not None
        _list(session, asked)
    elif given := [name for name in asked if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]:
        message = f"options of the listing stand before {context.invoked_subcommand}, which would not heed them"
        raise UsageFault(message, hint=f"write them behind it ({', '.join(given)})")


@command.command("list", short_help="List runs.")
@filter_options
@click.option("-m", "--most", type=click.IntRange(1), metavar="N", help="Show N runs (default: 20; with --json all).")
@json_option
@talk_options
@pass_session
def list_runs(session: Session, /, **asked: Any) -> None:
    """List runs, newest first."""
    _list(session, asked)


def _list(session: Session, asked: dict[str, Any]) -> None:
    from guildpkg.pipeline.runs.chosen import FIRST, line_of, listing, row_of

    store, wanted = store_of(session), wanted_of(session, asked, say=not asked["as_json"])
    found = listing(store, wanted, session.output.report)
    if asked["as_json"]:
        shown = found[: asked["most"]] if asked["most"] else found
        session.output.json([row_of(store, run, trashed=wanted.trashed) for run in shown])
        return
    shown = found[: asked["most"] or FIRST]
    session.output.table([line_of(index, run) for index, run in enumerate(shown)])
    if len(shown) < len(found):
        session.output.say(f"Showing the newest {len(shown)} of {len(found):,} runs (-m N shows more)")
    if not found:
        session.output.say(
            "There are no such runs" if store.summaries() else "There are no runs yet: `guild train` makes one"
        )


@command.command("label", short_help="Give runs a label.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--set", "label", metavar="TEXT", help="The label.")
@click.option("--clear", is_flag=True, help="Take the label away.")
@filter_options
@talk_options
@pass_session
def set_label(session: Session, /, runs: tuple[str, ...], label: str | None, *, clear: bool, **asked: Any) -> None:
    """Set the label of each RUN, or clear it."""
    from guildpkg.pipeline.runs.chosen import labelled, pick, run_of

    if (label is None) == (not clear):
        raise UsageFault("say what the label is to be: --set TEXT, or --clear")
    store = store_of(session)
    wanted = wanted_of(session, asked)
    for run in pick(store, wanted, runs):
        store.annotate(run_of(store, run, trashed=wanted.trashed), lambda notes: labelled(notes, label or ""))


@command.command("tag", short_help="Give runs tags.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--add", multiple=True, metavar="TAG", help="Add this tag.")
@click.option("--remove", multiple=True, metavar="TAG", help="Take this tag away.")
@filter_options
@talk_options
@pass_session
def set_tags(
    session: Session, /, runs: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], **asked: Any
) -> None:
    """Add tags to each RUN, or take them away."""
    from guildpkg.pipeline.runs.chosen import pick, run_of, tagged

    if not (add or remove):
        raise UsageFault("say which tags: --add TAG, --remove TAG")
    store = store_of(session)
    wanted = wanted_of(session, asked)
    for run in pick(store, wanted, runs):
        store.annotate(run_of(store, run, trashed=wanted.trashed), lambda notes: tagged(notes, add, remove))


Function = TypeVar("Function", bound=Callable[..., Any])


def _acting_options(function: Function) -> Function:
    """Add what the commands share that do something to many runs, after asking."""
    runs = click.argument("runs", nargs=-1, metavar="[RUN]...")
    for option in (talk_options, dry_run_option, yes_option, filter_options, runs):
        function = option(function)
    return function


@command.command("delete", short_help="Move runs to the trash.")
@click.option("--permanent", is_flag=True, help="Delete for good what cannot be restored then.")
@_acting_options
@pass_session
def delete(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Move each RUN to the trash (without RUN: all that the options choose), from where it can be restored."""
    refuse_deleted(asked, "these are deleted already", "guild runs purge deletes them for good")
    _act(session, runs, asked, "permanently delete" if asked["permanent"] else "delete")


@command.command("restore", short_help="Take runs out of the trash.")
@_acting_options
@pass_session
def restore(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Take each RUN out of the trash (without RUN: all that the options choose)."""
    _act(session, runs, {**asked, "deleted": True}, "restore")


@command.command("purge", short_help="Delete runs of the trash for good.")
@_acting_options
@pass_session
def purge(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """Delete each RUN of the trash for good (without RUN: all that the options choose)."""
    _act(session, runs, {**asked, "deleted": True}, "purge")


def _act(session: Session, words: tuple[str, ...], asked: dict[str, Any], verb: str) -> None:
    """Show which runs are meant, ask, and do it to each."""
    from guildpkg.pipeline.runs.chosen import free_contents, line_of, listing, pick, run_of

    store, wanted = store_of(session), wanted_of(session, asked)
    found = pick(store, wanted, words) if words else listing(store, wanted, session.output.report)
    if not found:
        session.output.say(f"Nothing to {verb}")
        return
    session.output.say(f"You are about to {verb} {len(found)} run{'s' if len(found) > 1 else ''}:")
    for index, run in enumerate(found):
        session.output.say("  " + "  ".join(line_of(index, run)[:4]))
    if asked["dry_run"] or not confirmed(session, "Continue?", yes=asked["yes"], default=verb in ("delete", "restore")):
        return
    acts = {"delete": store.trash, "restore": store.restore, "purge": store.purge, "permanently delete": store.purge}
    for run in found:
        place = run_of(store, run, trashed=wanted.trashed)
        if verb == "permanently delete":
            place = store.trash(place)  # which refuses one that is running
        acts[verb](place)
    if verb in ("purge", "permanently delete"):
        free_contents(store)
    done = {"delete": "Deleted", "restore": "Restored"}.get(verb, "Deleted for good")
    session.output.say(f"{done}: {len(found)} run{'s' if len(found) > 1 else ''}")


@command.command("stop", short_help="End runs that are running.")
@click.option("--kill", is_flag=True, help="End them at once, without time to save anything.")
@_acting_options
@pass_session
def stop_runs(session: Session, /, runs: tuple[str, ...], **asked: Any) -> None:
    """End each RUN that is running (without RUN: all that the options choose), and wait until it has ended.

    It is interrupted and has 30 seconds to save what it wants to.
    """
    from guildpkg.pipeline.runs.chosen import line_of, listing, pick, run_of
    from guildpkg.pipeline.train.later import stop

    refuse_deleted(asked, "nothing runs in the trash", "guild runs stop without it ends what is running")
    store, wanted = store_of(session), wanted_of(session, asked)
    found = pick(store, wanted, runs) if runs else listing(store, wanted)
    going = [run for run in found if run.status.word in ("running", "pending")]
    if not going:
        session.output.say("Nothing is running" if not runs else "They do not run")
        return
    session.output.say(f"You are about to stop {len(going)} run{'s' if len(going) > 1 else ''}:")
    for index, run in enumerate(going):
        session.output.say("  " + "  ".join(line_of(index, run)[:4]))
    if not asked["dry_run"] and confirmed(session, "Continue?", yes=asked["yes"]):
        stop([run_of(store, run) for run in going], store, kill=asked["kill"])
        session.output.say(f"Stopped: {len(going)} run{'s' if len(going) > 1 else ''}")


command.add_command(info_command)
command.add_command(export_command)
command.add_command(import_command)
