"""``guild completion SHELL``."""

from __future__ import annotations

import click

from guildpkg.cli.boundary import COMPLETE
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.shells import SHELLS


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(tuple(SHELLS)), metavar="SHELL")
@pass_session
def command(session: Session, shell: str) -> None:
    """Print the completion script of SHELL: bash, zsh or fish.

    For bash, `guild completion bash >> ~/.bashrc` sets it up; for zsh, `guild completion zsh >> ~/.zshrc` behind
    the line that calls compinit; for fish, `guild completion fish > ~/.config/fish/completions/guild.fish`.
    """
    from guildpkg.cli.group import guild

    session.output.raw_result(SHELLS[shell](guild, {}, "guild", COMPLETE).source().encode())
