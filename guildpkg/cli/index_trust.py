"""The sub-commands of ``guild index`` that say which indexes are trusted."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.offers import indexes
from guildpkg.cli.options import dry_run_option, json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import GuildError


@click.command("add", short_help="Trust an index.")
@click.argument("name")
@click.argument("url")
@click.option("--root", metavar="FILE", help="Its root metadata, from whoever runs it.", shell_complete=files)
@click.option("--fingerprint", metavar="SHA256", help="The fingerprint that it must have.")
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def add_command(session: Session, /, name: str, url: str, **asked: Any) -> None:
    """Trust the index at URL (or in that folder) under NAME.

    Its fingerprint is shown and asked for: compare it with what whoever runs the index told you.
    """
    from guildpkg.core.digests import sha256
    from guildpkg.pipeline.index import beginning

    setting, dry_run, root = setting_of(session), asked["dry_run"], asked["root"]
    place = beginning.url_for(url, session.cwd)
    beginning.check_new(setting, name, dry_run=dry_run)
    data = beginning.root_in(session.path(root), root) if root else beginning.root_of(place, setting)
    if asked["fingerprint"]:
        beginning.check_fingerprint(data, asked["fingerprint"])
    elif not root:
        session.output.say(f"The index at {place} has the fingerprint")
        session.output.say(f"  {sha256(data)}")
        if not dry_run and not confirmed(session, "Trust it?", yes=asked["yes"], default=False):
            raise GuildError("the index is not trusted; nothing was changed")
    if dry_run:
        beginning.check_add(name, place, data, setting)
    else:
        beginning.add(name, place, data, setting)
    if asked["as_json"]:
        session.output.json({"name": name, "url": place, "fingerprint": sha256(data)})
    elif dry_run:
        session.output.say(f"Would trust the index at {place} as {name}")
    else:
        session.output.say(f"{name} is trusted: its packages can be had now")


@click.command("list", short_help="List the indexes that are trusted.")
@json_option
@talk_options
@pass_session
def list_command(session: Session, *, as_json: bool) -> None:
    """List the indexes that are trusted, in the order in which they are asked for a package."""
    show_indexes(session, as_json=as_json)


def show_indexes(session: Session, *, as_json: bool) -> None:
    """List the indexes that are trusted."""
    from guildpkg.pipeline.index.admin import listing

    rows = listing(setting_of(session))
    if as_json:
        keys = ("name", "url", "fingerprint", "writable")
        session.output.json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    session.output.table([(row.name, row.fingerprint[:16], row.url) for row in rows])
    if not rows:
        session.output.say("There are no indexes yet: `guild publish` makes one, `guild index add` trusts another")


@click.command("remove", short_help="Trust an index no longer.")
@click.argument("name", shell_complete=indexes)
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def remove_command(session: Session, name: str, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Trust the index NAME no longer. Its files, its keys and what was installed from it stay."""
    from guildpkg.pipeline.index import admin

    url, damage = admin.plan_remove(setting_of(session), name)
    session.output.say(f"{'Would forget' if dry_run else 'Forgetting'} {name} ({url or damage})")
    removed = not dry_run and confirmed(session, "Continue?", yes=yes)
    if removed:
        admin.remove(setting_of(session), name)
    if as_json:
        session.output.json({"name": name, "url": url or None, "removed": removed})
