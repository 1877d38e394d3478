"""``guild index`` and its sub-commands."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.confirm import yes_option
from guildpkg.cli.index_trust import add_command, list_command, remove_command, show_indexes
from guildpkg.cli.offers import both, indexes
from guildpkg.cli.options import dry_run_option, json_option, refuse_before, setting_of, talk_options
from guildpkg.cli.places import files, folders
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.group("index", short_help="Make, trust and look after indexes of packages.", invoke_without_command=True)
@json_option
@talk_options
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """List the indexes that are trusted, or do something with them.

    An index is a folder of plain files that any web server can serve. Its keys sign what is on it, so nobody has to
    trust the server. Without any set up, `guild publish` and `guild install` use one below $GUILD_HOME.
    """
    if context.invoked_subcommand is None:
        session = context.find_object(Session)
        assert session is not None
        show_indexes(session, as_json=as_json)
    else:
        refuse_before(context)


for _command in (add_command, list_command, remove_command):
    command.add_command(_command)


@command.command("init", short_help="Make an index.")
@click.argument("place", metavar="DIR", shell_complete=folders)
@click.option("--name", metavar="NAME", help="What to call it (default: the folder's name).")
@click.option("--days", type=click.IntRange(1, 3650), metavar="N", help="Days for which it is signed (default: 30).")
@click.option("--encrypt", is_flag=True, help="Keep its keys under a passphrase.")
@dry_run_option
@json_option
@talk_options
@pass_session
def init(
    session: Session, place: str, name: str | None, days: int | None, *, encrypt: bool, dry_run: bool, as_json: bool
) -> None:
    """Make an index in DIR, which must be empty or new, with two keys: one for its root, one for publishing.

    DIR is a path or a file:// URL. What is served over HTTP or from a bucket is made in a folder and copied there.
    """
    from guildpkg.cli.passphrase import new_passphrase
    from guildpkg.pipeline.index import admin, beginning

    folder = beginning.folder_for(place, session.cwd)
    called = name or folder.name.lower()
    if dry_run:
        admin.check_init(folder, called, setting_of(session))
        session.output.say(f"Would make the index {called} in {folder}")
        if as_json:
            session.output.json({"name": called, "url": folder.as_uri(), "fingerprint": None})
        return
    passphrase = new_passphrase(session) if encrypt else ""
    known = admin.init(folder, called, setting_of(session), days=days, passphrase=passphrase)
    if as_json:
        session.output.json({"name": known.name, "url": known.url, "fingerprint": known.fingerprint})
        return
    session.output.result(f"{known.name}: fingerprint {known.fingerprint}")
    session.output.say(f"Its keys lie in {session.home / 'keys'}: keep a copy of them elsewhere")
    session.output.say(f"`guild publish --index {known.name}` puts packages on it; serve {folder} with any web server")


@command.command("sign", short_help="Sign an index again, before it expires.")
@click.argument("name", default="", shell_complete=indexes)
@click.option("--days", type=click.IntRange(1, 3650), metavar="N", help="Days for which it holds from now on.")
@dry_run_option
@json_option
@talk_options
@pass_session
def sign(session: Session, name: str, *, days: int | None, dry_run: bool, as_json: bool) -> None:
    """Sign the index NAME (default: your own) again, so that it holds for its days from now on."""
    from guildpkg.cli.passphrase import asker
    from guildpkg.pipeline.index import admin
    from guildpkg.pipeline.index.local import LOCAL

    setting, called = setting_of(session), name or LOCAL
    if dry_run:
        moment = admin.plan_sign(name, setting, days=days)
    else:
        moment = admin.sign(name, setting, asker(session), days=days)
    if as_json:
        session.output.json({"name": called, "expires": admin.in_iso(moment)})
    elif dry_run:
        session.output.say(f"Would sign {called}: it would hold until {admin.until(moment)}")
    else:
        session.output.say(f"{called} holds until {admin.until(moment)}")


@command.command("keys", short_help="Show who may sign an index, or change it.")
@click.argument("name", default="", shell_complete=indexes)
@click.option(
    "--make", metavar="FILE", help="Make a key here and write its public half into FILE.", shell_complete=files
)
@click.option("--add", metavar="FILE", help="Let the key whose public half is in FILE publish.", shell_complete=files)
@click.option("--rotate", type=click.Choice(["root", "publish"]), help="Put a new key in the place of those here.")
@click.option("--revoke", metavar="ID", help="Take a key away: nothing that it signs counts any more.")
@click.option("--encrypt", is_flag=True, help="Keep a new key under a passphrase.")
@yes_option
@dry_run_option
@json_option
@talk_options
@pass_session
def keys(session: Session, /, name: str, **asked: Any) -> None:
    """Show the keys of the index NAME (default: your own), or change them.

    ROOT keys say who may sign; keep them away from machines that only publish. PUBLISH keys sign what is on it.
    """
    from guildpkg.cli.index_keys import change_keys, plan_keys, show_keys

    given = [option for option in ("make", "add", "rotate", "revoke") if asked[option] is not None]
    if len(given) > 1:
        raise UsageFault(f"--{given[0]} and --{given[1]} are two changes: make them one after the other")
    if asked["encrypt"] and given not in (["make"], ["rotate"]):
        raise UsageFault("--encrypt is for a new key: say --make or --rotate with it")
    if asked["dry_run"] and not given:
        raise UsageFault("-n is for --make, --add, --rotate and --revoke: without one of them nothing is changed")
    if asked["dry_run"]:
        plan_keys(session, name, given[0], asked)
    elif given:
        change_keys(session, name, given[0], asked)
    else:
        show_keys(session, name, as_json=asked["as_json"])


@command.command("check", short_help="Check that all of an index is there and right.")
@click.argument("name", default="", shell_complete=indexes)
@click.option("--prune", is_flag=True, help="Remove what nothing refers to any more and is older than a week.")
@dry_run_option
@json_option
@talk_options
@pass_session
def check(session: Session, name: str, *, prune: bool, dry_run: bool, as_json: bool) -> int:
    """Read all of the index NAME (default: your own) and compare it with what was signed.

    Exits with 1 when something differs.
    """
    from guildpkg.core.words import count, in_bytes
    from guildpkg.pipeline.index import check as index_check

    if dry_run and not prune:
        raise UsageFault("-n is for --prune: without it nothing is changed")
    setting = setting_of(session)
    found = index_check.check(name, setting)
    freed = index_check.clean(name, found, setting, dry_run=dry_run) if prune else 0
    old = sum(size for _, size in found.old)
    if as_json:
        keys = ("packages", "releases", "size", "faults")
        session.output.json({**{key: getattr(found, key) for key in keys}, "old": old, "freed": freed})
        return int(bool(found.faults))
    for fault in found.faults:
        session.output.result(fault)
    holds = f"{count(found.packages, 'package')}, {count(found.releases, 'release')}, {in_bytes(found.size)}"
    session.output.say(f"{count(len(found.faults), 'fault')}; {holds}; {in_bytes(old)} of older states")
    if prune and found.faults:
        session.output.say("Nothing is removed as long as there are faults: what cannot be read may need it")
    elif prune:
        session.output.say(f"{in_bytes(freed)} {'would be ' if dry_run else ''}freed; the last week stays")
    return int(bool(found.faults))


@command.command("serve", short_help="Serve an index on this machine, to try it out.")
@click.argument("name", default="", metavar="[NAME|DIR]", shell_complete=both(indexes, folders))
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Where (default: any free port).")
@talk_options
@pass_session
def serve(session: Session, name: str, *, port: int) -> None:
    """Serve the index NAME (default: your own) or the one in DIR on the loopback interface until Ctrl-C.

    That is for trying it out; for others, use a web server.
    """
    from guildpkg.pipeline.index.check import serving

    folder = session.path(name) if name else None
    with serving(name, port, setting_of(session), folder=folder) as server:
        session.output.result(f"http://127.0.0.1:{server.server_port}")
        session.output.settle()
        session.output.say("Ctrl-C ends it")
        server.serve_forever()
