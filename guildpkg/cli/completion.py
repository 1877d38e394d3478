"""``guild completion SHELL``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from guildpkg.cli.session import Session, pass_session

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@pass_session
def command(session: Session, shell: str) -> None:
    """Print the completion script of SHELL.

    For bash, `guild completion bash >> ~/.bashrc` sets it up.
    """
    from guildpkg.cli.group import guild

    found = get_completion_class(shell)
    assert found is not None, shell
    session.output.result(found(guild, {}, "guild", "_GUILD_COMPLETE").source())
