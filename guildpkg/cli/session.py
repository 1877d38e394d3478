"""What the outside world says, read once: folder, home, environment, clock. Commands get it as a value."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import click

from guildpkg.cli.output import Output
from guildpkg.errors import UsageFault
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """The world of one invocation.

    Attributes:
        cwd: The folder that relative paths are relative to (``-C``), absolute.
        home: ``$GUILD_HOME``.
        env: The caller's environment.
        output: Where everything is shown.
        debug: True when tracebacks are wanted.
    """

    cwd: Path
    home: Path
    env: Mapping[str, str]
    output: Output
    debug: bool = False

    def path(self, named: str) -> Path:
        """Make a path that the user named absolute."""
        return self.cwd / named


def open_session(directory: str | None, home: str | None, *, debug: bool) -> Session:
    """Read the environment.

    Args:
        directory: ``-C DIR``, or None.
        home: ``-H HOME``, or None.
        debug: ``--debug``.

    Raises:
        UsageFault: ``-C`` names no folder, the home is none, or there is no home and no folder to stand in.
    """
    env = dict(os.environ)
    here = _here()
    cwd = here / (directory or "")
    if not cwd.is_dir():
        raise UsageFault(f"-C {directory}: there is no such folder")
    named = home or env.get("GUILD_HOME")
    place = here / _home(named, env)
    with contextlib.suppress(OSError):  # one that is not there is made; of what else is wrong its users tell
        _refuse_file(place, named=bool(named))
    return Session(cwd, place, env, Output.of_process(env), debug)


def _refuse_file(place: Path, *, named: bool) -> None:
    """Refuse a home that is a file, or lies below one.

    Who has ``/dev/null`` for a home, as servers do, and names no other has none: not everything needs one.
    """
    hint = "name a folder with `guild -H DIR` or in GUILD_HOME"
    try:
        if not stat.S_ISDIR(place.stat().st_mode):
            raise UsageFault(f"{place} is not a folder", hint=hint)
    except NotADirectoryError as error:
        if not named:
            return
        above = next(parent for parent in place.parents if parent.exists())
        raise UsageFault(f"{above} is not a folder: the home cannot be {place}", hint=hint) from error


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageFault("the current folder has been removed", hint="change into a folder that is there") from error


def _home(named: str | None, env: Mapping[str, str]) -> Path:
    try:
        return Path(named).expanduser() if named else Path(env.get("HOME") or "~").expanduser() / ".guild"
    except RuntimeError as error:
        what = f"{named}: there is no such user" if named else "you have no home folder"
        raise UsageFault(what, hint="name a folder with `guild -H DIR` or in GUILD_HOME") from error


pass_session = click.make_pass_decorator(Session)
