"""``guild yank``."""

from __future__ import annotations

from typing import Any

import click

from guildpkg.cli.offers import releases
from guildpkg.cli.options import dry_run_option, index_option, json_option, setting_of, talk_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


@click.command("yank", short_help="Say why a release should not be installed any more.")
@click.argument("package", metavar="NAME-VERSION", shell_complete=releases)
@click.option("--reason", metavar="TEXT", help="Why; shown to whoever comes across it.")
@click.option("--undo", is_flag=True, help="Take it back.")
@index_option
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, package: str, **asked: Any) -> None:
    """Say of a release why nobody should install it any more.

    It stays where it is, and who asks for exactly that version still gets it; nobody else does.
    """
    from guildpkg.cli.passphrase import asker
    from guildpkg.core.names import split_package
    from guildpkg.pipeline.index.publish import plan_yank, yank

    undo, reason = asked["undo"], asked["reason"]
    if undo == (reason is not None):
        raise UsageFault("say why with --reason TEXT, or take it back with --undo")
    wanted = split_package(package)
    if asked["dry_run"]:
        release = plan_yank(wanted, reason, asked["index"], setting_of(session))
    else:
        release = yank(wanted, reason, asked["index"], setting_of(session), asker(session))
    if asked["as_json"]:
        session.output.json({"name": release.name, "version": release.version, "yanked": release.yanked})
    elif asked["dry_run"]:
        session.output.say(f"Would {'take back that' if undo else 'say that'} {package} is yanked")
    else:
        session.output.say(f"{release.name} {release.version} is {'offered again' if undo else 'yanked'}")
