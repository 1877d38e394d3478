"""``guild patch`` and its sub-commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.options import (
    dry_run_option,
    fetch_options,
    json_option,
    mirrors,
    refuse_before,
    setting_of,
    talk_options,
)
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.package.fetch import Wish
    from guildpkg.pipeline.patch.refresh import Refreshed

_NOT_LAID = "There is no src/ yet: `guild patch begin` lays it out"


@click.group("patch", short_help="Make patches, and keep them up to date.", invoke_without_command=True)
@json_option
@talk_options
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Turn edits in src/ into patches of the recipe in the current folder (or -C DIR), and look after them.

    Without a command: show the edits that no patch has, as `guild patch status` does.
    """
    if context.invoked_subcommand is None:
        session = context.find_object(Session)
        assert session is not None
        _show_status(session, as_json=as_json)
    else:
        refuse_before(context)


def _wish(session: Session, asked: dict[str, Any]) -> Wish:
    from guildpkg.pipeline.package.fetch import Wish

    return Wish(offline=asked["offline"], mirrors=mirrors(session, asked["mirrors"]))


@command.command("begin", short_help="Lay src/ out for editing.")
@click.argument("name", default="", metavar="[NAME]")
@fetch_options
@talk_options
@pass_session
def begin(session: Session, /, name: str, **asked: Any) -> None:
    """Lay src/ out with all patches applied and no hook run, and copy src/NAME to src/NAME.orig to compare with.

    NAME is an entry of src/, and may be left out when there is one only. Edit src/NAME, then save.
    """
    from guildpkg.pipeline.patch.edits import begin

    chosen = begin(session.cwd, "", name, _wish(session, asked), setting_of(session))
    session.output.say(f"Edit src/{chosen}, then run `guild patch save`; src/{chosen}.orig is the untouched copy")


@command.command("save", short_help="Make a patch of the edits in src/.")
@click.argument("name", default="", metavar="[NAME]")
@click.option("-m", "--message", metavar="TEXT", default="", help="What the patch is for, as its description.")
@click.option("--new", is_flag=True, help="Make a new patch instead of changing the top one.")
@fetch_options
@dry_run_option
@json_option
@talk_options
@pass_session
def save(session: Session, /, name: str, **asked: Any) -> int:
    """Write the edits in src/ (in src/NAME only, if given) as patches, and name them in GuildPkg.

    Edits go into the last patch that touches the same entry of src/, or into a new NAME.patch.
    """
    from guildpkg.pipeline.patch.refresh_save import save_resolved
    from guildpkg.pipeline.patch.refresh_write import is_pending
    from guildpkg.pipeline.patch.save import SaveWish, save

    message = asked["message"].strip()
    if is_pending(session.cwd):
        if name or asked["new"]:
            raise UsageFault("a refresh waits: a save goes on with all of it", hint="leave NAME and --new away")
        wish, dry = _wish(session, asked), asked["dry_run"]
        found = save_resolved(session.cwd, "", message, wish, setting_of(session), dry_run=dry)
        _show_refreshed(session, found, as_json=asked["as_json"], dry_run=dry)
        return int(found.conflict)
    wanted = SaveWish(name, message, asked["new"], asked["dry_run"])
    saved = save(session.cwd, "", wanted, _wish(session, asked), setting_of(session))
    if asked["as_json"]:
        session.output.json([patch.to_json() for patch in saved])
        return 0
    for patch in saved:
        session.output.result(f"{patch.patch}: {patch.state}, {count(len(patch.files), 'edited file')}")
    if not saved:
        session.output.say(_nothing_edited(session))
    return 0


def _nothing_edited(session: Session) -> str:
    return "Nothing in src/ was edited since it was laid out" if (session.cwd / "src").is_dir() else _NOT_LAID


@command.command("refresh", short_help="Move the patches onto another ref.")
@click.option("--onto", required=True, metavar="REF", help="The branch, tag or commit; of a release, its version.")
@click.option("--only", default="", metavar="NAME", help="Move this source, where several could.")
@fetch_options
@dry_run_option
@json_option
@talk_options
@pass_session
def refresh(session: Session, /, onto: str, only: str, **asked: Any) -> int:
    """Merge each patch onto another REF of its source, and name that in GuildPkg and the lock.

    In a conflict (exit code 1) recipe, lock and patches stay as they are, and src/ holds the merge with markers:
    settle it and run `guild patch save`, or forget it with `guild package -c`.
    """
    from guildpkg.pipeline.patch.refresh import RefreshWish, refresh

    dry = asked["dry_run"]
    wanted = RefreshWish(onto, only, dry_run=dry)
    found = refresh(session.cwd, "", wanted, _wish(session, asked), setting_of(session))
    _show_refreshed(session, found, as_json=asked["as_json"], dry_run=dry)
    return int(found.conflict)


_VERDICTS = {
    "clean": "applies as it is",
    "offset": "applies elsewhere in the file, written anew",
    "merged": "merged, written anew",
    "upstream": "is upstream already, dropped",
    "resolved": "resolved by you",
    "conflict": "CONFLICT",
    "waiting": "waits for the one before it",
}


def _show_refreshed(session: Session, found: Refreshed, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        session.output.json(found.to_json())
        return
    session.output.result(f"{found.source}: {found.old} -> {found.new}")
    for item in found.verdicts:
        session.output.result(f"{item.patch}: {_VERDICTS[item.verdict]}")
        for line in item.said:
            session.output.result(f"  {line}")
    if found.conflict and not dry_run:
        session.output.say(
            "Settle the conflict in src/, then `guild patch save`; `guild package -c` forgets the refresh"
        )


@command.command("status", short_help="Show edits that no patch has.")
@json_option
@talk_options
@pass_session
def status(session: Session, *, as_json: bool) -> None:
    """Show what was edited in src/ and is not saved, and which patch it would go into."""
    _show_status(session, as_json=as_json)


def _show_status(session: Session, *, as_json: bool) -> None:
    from guildpkg.pipeline.patch.edits import status

    found = status(session.cwd, "")
    if as_json:
        session.output.json(found.to_json())
        return
    for entry, patch in found.entries:
        session.output.result(f"src/{entry.name} -> {patch or 'a new patch'}")
        session.output.table([(f"  {kind}", path) for path, kind in entry.kinds.items()])
    if found.leftovers:
        session.output.say(f"Passed over as leftovers of an editor: {', '.join(found.leftovers)}")
    for line in found.waiting.lines():
        session.output.say(line)
    if found.stale:
        session.output.say("src/ was laid out from something else than recipe, lock and patches say now")
    if not found.entries and not found.waiting.files:
        session.output.say("No unsaved edits" if found.laid else _NOT_LAID)


@command.command("list", short_help="List the patches of the recipe.")
@json_option
@talk_options
@pass_session
def list_patches(session: Session, *, as_json: bool) -> None:
    """List the patches in the order in which they are applied."""
    from guildpkg.pipeline.patch.edits import listing

    found = listing(session.cwd, "")
    if as_json:
        session.output.json(found)
        return
    session.output.table(
        [
            (
                item["patch"],
                f"+{item['added']} -{item['removed']}",
                count(len(item["files"]), "file"),
                item["description"] or "",
            )
            for item in found
        ]
    )
    if not found:
        session.output.say("The recipe has no patches: `guild patch begin` starts one")


@command.command("show", short_help="Print a patch, or what a save would write.")
@click.argument("patch", default="", metavar="[PATCH]")
@fetch_options
@talk_options
@pass_session
def show(session: Session, /, patch: str, **asked: Any) -> None:
    """Print PATCH; without a name, the patches as `guild patch save` would write them now."""
    if patch:
        from guildpkg.pipeline.patch.edits import bytes_of

        session.output.raw_result(bytes_of(session.cwd, "", patch))
        return
    from guildpkg.pipeline.patch.refresh_save import would_write

    found = would_write(session.cwd, "", _wish(session, asked), setting_of(session))
    for data in found:
        session.output.raw_result(data)
    if not found:
        session.output.say(_nothing_edited(session))


@command.command("drop", short_help="Take a patch out of the recipe.")
@click.argument("patch")
@fetch_options
@yes_option
@dry_run_option
@talk_options
@pass_session
def drop(session: Session, /, patch: str, **asked: Any) -> None:
    """Take PATCH out of GuildPkg and remove its file, if the others apply without it."""
    from guildpkg.pipeline.patch.edits import drop

    wish, setting = _wish(session, asked), setting_of(session)
    name = drop(session.cwd, "", patch, wish, setting, dry_run=True)
    if asked["dry_run"]:
        session.output.result(f"{name}: would be dropped")
    elif confirmed(session, f"Remove {name}?", yes=asked["yes"]):
        drop(session.cwd, "", patch, wish, setting, dry_run=False)
        session.output.result(f"{name}: dropped")
