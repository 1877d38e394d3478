"""A process without a run of its own: its output is shown, its end is its exit code, and nothing is recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.events import Output, Reporter
from guildpkg.run.brake import Brake, hearing_signals
from guildpkg.system.process.child import Flow, move
from guildpkg.system.process.protocol import returncode
from guildpkg.system.process.start import started

_TICK: Final = 0.5


def run_plain(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], report: Reporter, brake: Brake | None = None
) -> int:
    """Run a program to its end.

    Args:
        argv: Program and arguments.
        cwd: The folder it runs in.
        env: Its whole environment.
        report: Told of its output.
        brake: Stops it from elsewhere.

    Returns:
        Its exit status, or 128 and the number of the signal that ended it.

    Raises:
        GuildError: It cannot be started.
    """
    brake = brake or Brake()
    flow = Flow(0, lambda stream, data: report(Output(stream, data)))
    with hearing_signals(brake), started(argv, cwd=cwd, env=env, flow=flow) as child:
        brake.engage(child)
        while not move(child, time.monotonic() + _TICK):
            brake.check()
        number = returncode(child, argv[0], cwd)
    return number if number >= 0 else 128 - number
