"""Making an environment: by uv where it is installed, else by venv and pip.

In: an `Environment`. Out: one that is whole. Raises `EnvironmentFailed` with the last lines that the tool said.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.events import Output, Reporter, Step
from guildpkg.environments.place import RECORD, Environment
from guildpkg.errors import GuildError
from guildpkg.system.disk import locked, remove, room_for, write_atomically
from guildpkg.system.process.start import run

_PATIENCE: Final = 3600.0
"""Seconds to wait for another process that makes the same environment."""
_LAST: Final = 8
_REQUIREMENTS: Final = "requirements.txt"


class EnvironmentFailed(GuildError):
    """An environment could not be made."""


def make(environment: Environment, env: Mapping[str, str], report: Reporter) -> Path:
    """Make an environment, unless it is there.

    Args:
        environment: Which one.
        env: The caller's environment: proxies, the settings of pip and uv.
        report: Told what happens, and what the tools say.

    Returns:
        Its Python.

    Raises:
        EnvironmentFailed: A requirement cannot be had, or a tool does not work.
    """
    with room_for(environment.folder):
        environment.lock.parent.mkdir(parents=True, exist_ok=True)

    def waiting() -> None:
        report(Step("Waiting for another guild process that makes the same environment"))

    with locked(environment.lock, wait=_PATIENCE, waiting=waiting):
        if environment.whole:
            return environment.interpreter
        report(Step(f"Making an environment with {', '.join(environment.requirements)}"))
        remove(environment.folder)
        with room_for(environment.folder):
            environment.folder.mkdir()
            _build(environment, env, report)
            record = {"schema": 1, "python": environment.python, "requirements": list(environment.requirements)}
            write_atomically(environment.folder / RECORD, json.dumps(record, indent=1).encode() + b"\n")
    return environment.interpreter


def _build(environment: Environment, env: Mapping[str, str], report: Reporter) -> None:
    folder, python = str(environment.folder), str(environment.interpreter)
    # a file, so that no requirement can be taken for an option
    needed = environment.folder / _REQUIREMENTS
    text = "".join(f"{line}\n" for line in environment.requirements)
    uv = find_uv(env)
    if uv:
        commands = [
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder],
            [uv, "pip", "install", "--compile-bytecode", "--python", python, "-r", str(needed)],
        ]
    else:
        commands = [
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(needed)],
        ]
    needed.write_text(text)
    for command in commands:
        _run(command, environment, env, report)


def find_uv(env: Mapping[str, str]) -> str:
    """Find uv: on the PATH, or beside the Python that runs guild; empty when there is none."""
    return (
        shutil.which("uv", path=os.pathsep.join([env.get("PATH", os.defpath), str(Path(sys.executable).parent)])) or ""
    )


def _run(command: Sequence[str], environment: Environment, env: Mapping[str, str], report: Reporter) -> None:
    # an active environment, or another Python's folders, must not decide what is installed where
    plain = {key: value for key, value in env.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    ended = run(
        command,
        cwd=environment.folder,
        env=plain,
        on_output=lambda stream, data: report(Output(stream, data)),
        keep=1 << 20,
    )
    if ended.returncode:
        said = (ended.stderr + ended.stdout).decode("utf-8", "replace").strip().splitlines()[-_LAST:]
        tool = " ".join([Path(command[0]).name, *command[1:4]])
        message = f"no environment with {', '.join(environment.requirements)} could be made: {tool} failed"
        raise EnvironmentFailed("\n  ".join([message, *said]))
