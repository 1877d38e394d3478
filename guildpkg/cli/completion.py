"""``guild completion SHELL``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from guildpkg.cli.boundary import COMPLETE
from guildpkg.cli.session import Session, pass_session

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@pass_session
def command(session: Session, shell: str) -> None:
    """Print the completion script of SHELL: bash, zsh or fish.

    For bash, `guild completion bash >> ~/.bashrc` sets it up; for zsh, `guild completion zsh >> ~/.zshrc` behind
    the line that calls compinit; for fish, `guild completion fish > ~/.config/fish/completions/guild.fish`.
    """
    from guildpkg.cli.group import guild

    found = get_completion_class(shell)
    assert found is not None, shell
    session.output.raw_result(found(guild, {}, "guild", COMPLETE).source().encode() + b"\n")
