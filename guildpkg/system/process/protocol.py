"""What guild and ``system/process/supervisor.py`` say to one another: the job, and what became of it.

``pid N`` once the program runs, ``fail STEP ERRNO`` when it cannot be started, ``exit STATUS`` at its end, a line each.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from guildpkg.errors import GuildError
from guildpkg.system.process.child import Child


def job_of(
    words: list[str],
    cwd: Path,
    env: Mapping[str, str] | None,
    umask: int | None = None,
    touch: Path | None = None,
) -> bytes:
    """Write a job as the supervisor reads it.

    Args:
        words: The program and its arguments.
        cwd: The folder it runs in.
        env: Its whole environment; None for that of this process.
        umask: Its umask; None for that of this process.
        touch: A file whose time stamp is renewed when nothing of it runs any more; None for none.

    Raises:
        GuildError: There is a NUL character in an argument or in the environment.
    """
    pairs = [f"{name}={value}" for name, value in (os.environ if env is None else env).items()]
    head = [os.fspath(cwd), "" if umask is None else str(umask), os.fspath(touch or "")]
    parts = [*head, str(len(words)), *words, *pairs]
    if any("\0" in part for part in parts):
        raise GuildError(f"{words[0]} cannot be started: there is a NUL character in its arguments or environment")
    job = b"\0".join(os.fsencode(part) for part in parts)
    return b"%d\n%s" % (len(job), job)


def pid_of(child: Child) -> int:
    """Give the process id of a program; 0 while it is not known."""
    for line in child.told.splitlines(keepends=True):
        if line.startswith(b"pid ") and line.endswith(b"\n"):
            return int(line[4:])
    return 0


def never_started(child: Child) -> bool:
    """Tell whether it turned out that a program cannot be started."""
    return any(line.startswith(b"fail ") for line in child.told.splitlines())


def returncode(child: Child, program: str, cwd: Path) -> int:
    """Give the exit status of a program that has ended; the negative number of the signal that ended it.

    Raises:
        GuildError: It was never started, or the supervisor was killed.
    """
    return read_end(child.told, program, cwd)


def read_end(told: bytes, program: str, cwd: Path) -> int:
    """Read how the program ended out of what the supervisor told.

    Raises:
        GuildError: It was never started, or the supervisor itself was killed.
    """
    facts = dict(line.decode().split(" ", 1) for line in told.splitlines())
    if "exit" in facts:
        return int(facts["exit"])
    if "fail" in facts:
        step, number = facts["fail"].split()
        why = os.strerror(int(number))
        if step == "chdir":
            raise GuildError(f"{program} cannot be started in {cwd}: {why}")
        raise GuildError(f"{program} cannot be started: {why}", hint=f"install {program}, or see to your PATH")
    with contextlib.suppress(KeyError, OSError):
        os.killpg(int(facts["pid"]), signal.SIGKILL)
    raise GuildError(f"{program} was lost: the process that watches over it was killed")
