"""``guild publish``."""

from __future__ import annotations

import click

from guildpkg.cli.options import dry_run_option, index_option, json_option, setting_of, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import in_bytes


@click.command("publish", short_help="Put packages on an index.")
@click.argument("archives", nargs=-1, metavar="[ARCHIVE]...", shell_complete=files)
@index_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, archives: tuple[str, ...], *, index: str, dry_run: bool, as_json: bool) -> None:
    """Verify each ARCHIVE and put it on an index, with its manifest and build statement.

    Without ARCHIVE the recipe or project in the current folder is built first. A version that is on the index already
    is left alone when it has the same bytes, and refused when it has others.
    """
    from guildpkg.cli.passphrase import asker
    from guildpkg.pipeline.index.publish import build_first, plan_build, publish

    setting = setting_of(session)
    if dry_run and not archives:
        _say_plan(session, plan_build(session.cwd, index, setting), as_json=as_json)
        return
    named = [(session.path(shown), shown) for shown in archives] or build_first(session.cwd, setting)
    done = publish(named, index, setting, asker(session), dry_run=dry_run)
    if as_json:
        session.output.json([item.as_json() for item in done])
        return
    for item in done:
        release = item.release
        shown = f"{release.name} {release.version} ({in_bytes(release.archive.size)})"
        if item.already:
            session.output.say(f"{shown} is on the index {item.index} already")
        else:
            session.output.result(f"{'would publish' if dry_run else 'published'} {shown} on the index {item.index}")


def _say_plan(session: Session, plan: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        session.output.json([plan])
    else:
        session.output.result("would build and publish {name} {version} on the index {index}".format(**plan))
