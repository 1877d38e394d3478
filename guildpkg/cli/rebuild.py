"""``guild rebuild``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.differences import show
from guildpkg.cli.options import fetch_options, json_option, mirrors, setting_of, talk_options
from guildpkg.cli.places import files, folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import GuildError

if TYPE_CHECKING:
    from guildpkg.pipeline.package.foreign import Foreign


@click.command("rebuild", short_help="Build an archive again from itself, and compare.")
@click.argument("archive", metavar="ARCHIVE|URL", shell_complete=files)
@click.option("--keep", metavar="DIR", help="Keep the archive that was built in DIR.", shell_complete=folders)
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "required", "off"]),
    default="auto",
    show_default=True,
    help="Confine hooks where it works, or always, or never.",
)
@click.option("--allow-network", is_flag=True, help="Grant hooks the network if the recipe asks for it.")
@fetch_options
@yes_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, archive: str, **asked: Any) -> int:
    """Take recipe, lock and patches out of ARCHIVE, fetch the sources by their ids, build, and compare.

    Exits with 0 when the same bytes come out, and with 1 when not, with the cause of each difference. Before anything
    is run that came with an archive from a URL, it asks.
    """
    from guildpkg.pipeline.package.fetch import Wish
    from guildpkg.pipeline.package.options import HookWish, Options
    from guildpkg.pipeline.package.rebuild import rebuild

    options = Options(
        wish=Wish(offline=asked["offline"], mirrors=mirrors(session, asked["mirrors"])),
        hooks=HookWish(sandbox=asked["sandbox"], allow_network=asked["allow_network"]),
        jobs=2,
    )
    keep = session.path(asked["keep"]) if asked["keep"] else None

    def approve(programs: Foreign) -> None:
        for line in programs.lines():
            session.output.say(line)
        if not confirmed(session, "Run it?", yes=asked["yes"], default=False):
            raise GuildError(f"{archive} was not built again, and nothing of it was run")

    found = rebuild(archive, session.path(archive), options, setting_of(session), keep=keep, approve=approve)
    if asked["as_json"]:
        session.output.json(found.to_json())
    elif found.same and not found.differences:
        session.output.result(f"{archive}: the same bytes came out, sha256 {found.sha256}")
    else:
        session.output.result(f"{archive}: {count(len(found.differences), 'difference')}")
        show(session, found.differences)
    return int(not found.same or bool(found.differences))
