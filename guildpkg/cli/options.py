"""Options and small rules that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from guildpkg.cli.offers import indexes
from guildpkg.cli.session import Session
from guildpkg.core.events import Reporter
from guildpkg.errors import UsageFault
from guildpkg.pipeline.setting import Setting

Function = TypeVar("Function", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
dry_run_option = click.option("-n", "--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
index_option = click.option(
    "--index", "index", default="", metavar="NAME", shell_complete=indexes, help="The index (default: your own)."
)


def together(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Make one decorator of several; a help shows what the last of them adds first."""

    def add(function: Function) -> Function:
        for option in options:
            function = option(function)
        return function

    return add


def talk_options(function: Function) -> Function:
    """Add ``-v`` and ``-q``, and set the session's output accordingly."""

    @click.option("-v", "--verbose", is_flag=True, help="Say more about what is done.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors.")
    @functools.wraps(function)
    def wrapped(*args: Any, verbose: bool, quiet: bool, **kwargs: Any) -> Any:
        session = click.get_current_context().find_object(Session)
        assert session is not None
        if verbose and quiet:
            raise UsageFault("-v says more and -q says less: give one of them")
        session.output.verbosity = -1 if quiet else int(verbose)
        with session.output.closing():
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def refuse_before(context: click.Context) -> None:
    """Refuse the options of a group that stand before one of its commands, which would not heed them.

    Raises:
        UsageFault: There is one.
    """
    given = [
        param.opts[-1]
        for param in context.command.params
        if param.name and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        name, words = context.invoked_subcommand, " ".join(given)
        message = f"{words} before {name} would not be heeded"
        raise UsageFault(message, hint=f"write it behind the command: {context.command_path} {name} {words}")


def fetch_options(function: Function) -> Function:
    """Add the options that say where sources are fetched from."""
    return together(
        click.option(
            "--source",
            "mirrors",
            multiple=True,
            metavar="NAME=URL",
            help="Fetch the source NAME from URL instead; what it must be stays the same.",
        ),
        click.option("--offline", is_flag=True, help="Use the cache only."),
    )(function)


def source_options(function: Function) -> Function:
    """Add the options that say how sources are fetched."""
    locked = click.option("--locked", is_flag=True, help="Refuse whatever GuildPkg.lock does not say.")
    return locked(fetch_options(function))


def pairs(words: Iterable[str], option: str) -> dict[str, str]:
    """Split ``NAME=VALUE`` words.

    Raises:
        UsageFault: A word has no ``=``, or a name comes twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise UsageFault(f"{option} {word}: write NAME=URL")
        if name in found:
            raise UsageFault(f"{option} names {name} twice")
        found[name] = value
    return found


def mirrors(session: Session, words: Iterable[str]) -> dict[str, str]:
    """Split ``--source NAME=URL`` words; a path that exists is made absolute, as every path on the command line.

    Raises:
        UsageFault: As for `pairs`.
    """
    found = pairs(words, "--source")
    return {
        name: str(session.path(value).resolve()) if "://" not in value and session.path(value).exists() else value
        for name, value in found.items()
    }


def setting_of(session: Session, report: Reporter | None = None) -> Setting:
    """Make what pipelines need out of the session, with another listener than usual where one is given."""
    import time

    return Setting(session.home, session.env, report or session.output.report, time.time)
