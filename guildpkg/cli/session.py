"""What the outside world says, read once: folder, home, environment, clock. Commands get it as a value."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from guildpkg.cli.output import Output
from guildpkg.errors import UsageFault


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
    started: float = field(default_factory=time.time)

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
        UsageFault: ``-C`` names no folder.
    """
    env = dict(os.environ)
    cwd = Path.cwd() / (directory or "")
    if not cwd.is_dir():
        raise UsageFault(f"-C {directory}: there is no such folder")
    named = home or env.get("GUILD_HOME")
    where = Path.cwd() / Path(named).expanduser() if named else Path(env.get("HOME") or "~").expanduser() / ".guild"
    return Session(cwd, where, env, Output.of_process(env), debug)


pass_session = click.make_pass_decorator(Session)
