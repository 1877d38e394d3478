"""The ``guild`` group: global options, and sub-commands that are imported only when they are run."""

from __future__ import annotations

import importlib
from typing import Any

import click

from guildpkg.cli.places import any_folder
from guildpkg.cli.table import ALIASES, COMMANDS
from guildpkg.version import VERSION


class LazyGroup(click.Group):
    """A group whose commands stand in `COMMANDS` and are imported by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a line, and say what may have been meant when there is none."""
        if args and args[0] not in (*COMMANDS, *ALIASES) and not args[0].startswith("-") and not ctx.resilient_parsing:
            from guildpkg.core.words import nearest

            close = nearest(args[0], COMMANDS)
            ctx.fail(f"there is no command {args[0]!r}" + (f"; did you mean {close}?" if close else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of a line; a fault in its options knows whose options they are."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            name = ctx.invoked_subcommand
            if error.ctx is None and name and (command := self.get_command(ctx, name)):
                error.ctx = click.Context(command, parent=ctx, info_name=name)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"guild {VERSION}")
        ctx.exit()


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`guild COMMAND --help` shows the options of a command.",
)
@click.option("-C", "directory", metavar="DIR", help="Work as if started in DIR.", shell_complete=any_folder)
@click.option(
    "-H",
    "home",
    metavar="HOME",
    help="Keep everything under HOME (default: $GUILD_HOME, else ~/.guild).",
    shell_complete=any_folder,
)
@click.option("--debug", is_flag=True, help="Show the traceback behind an error.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def guild(ctx: click.Context, directory: str | None, home: str | None, *, debug: bool) -> None:
    """Package upstream training code with your patches, and run what was packaged."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)
    from guildpkg.cli.session import open_session

    ctx.obj = open_session(directory, home, debug=debug)
