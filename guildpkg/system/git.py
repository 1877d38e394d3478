"""The only gate to git: a handful of plumbing commands, run through GitPython as argument lists.

The user's own configuration is heard (proxies, credentials, ``insteadOf``); hooks, templates and automatic
maintenance are not, git never asks on the terminal, and nothing of the caller's ``GIT_DIR`` and kin reaches it.
A command that is not meant to use the network cannot: every transport is forbidden to it.
Failures are raised as `guildpkg.errors.GuildError` with git's own last line.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

from guildpkg.errors import GuildError
from guildpkg.system.git_talk import GitFailed, last_line
from guildpkg.system.process import ending_with_us

if TYPE_CHECKING:
    from git.cmd import Git

OLDEST: Final = (2, 39)
_PIPE: Final = -1
_TICK: Final = 0.25
CHUNK: Final = 1 << 18

_FORGOTTEN: Final = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    *("GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_PREFIX"),
    *("GIT_CONFIG", "GIT_TEMPLATE_DIR", "GIT_QUARANTINE_PATH", "GIT_PROTOCOL", "GIT_DEFAULT_HASH"),
)
_ENVIRONMENT: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
_SETTINGS: Final = (
    *("core.hooksPath=/dev/null", "core.fsync=none", "core.commitGraph=false", "gc.auto=0", "maintenance.auto=false"),
    *("fetch.negotiationAlgorithm=noop", "fetch.writeCommitGraph=false", "core.bigFileThreshold=8m"),
)
OFFLINE: Final = ("protocol.allow=never",)


@functools.cache
def _program() -> type[Git]:
    """Import GitPython (which takes a tenth of a second) and look at the git that it found.

    Raises:
        GuildError: git is missing, or too old.
    """
    needed = ".".join(map(str, OLDEST))
    try:
        from git.cmd import Git
        from git.exc import GitCommandNotFound
    except ImportError as error:
        raise GuildError("git is not installed, or not on PATH", hint=f"install git {needed} or later") from error
    try:
        version = Git().version_info
    except GitCommandNotFound as error:
        raise GuildError("git is not installed, or not on PATH", hint=f"install git {needed} or later") from error
    if version[:2] < OLDEST:
        raise GuildError(f"git {'.'.join(map(str, version))} is too old", hint=f"install git {needed} or later")
    return Git


def _command(repo: Path, settings: Sequence[str], words: Sequence[str]) -> list[str]:
    git = str(_program().GIT_PYTHON_GIT_EXECUTABLE)
    forget = [word for name in _FORGOTTEN for word in ("-u", name)]
    options = [word for setting in (*_SETTINGS, *settings) for word in ("-c", setting)]
    return ["env", *forget, git, f"--git-dir={repo}", *options, *words]


@dataclass(frozen=True, slots=True)
class Running:
    """A git process and its three pipes."""

    process: Git.AutoInterrupt
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def wait(self) -> int:
        """Give the exit status once git has ended."""
        return int(self.process.proc.wait()) if self.process.proc else 1


@contextlib.contextmanager
def start(repo: Path, settings: Sequence[str], words: Sequence[str], *, talks: bool = False) -> Iterator[Running]:
    """Start git; whatever happens in the block, it does not outlive it.

    Args:
        repo: The repository.
        settings: ``NAME=VALUE`` of its configuration.
        words: The command.
        talks: True when it talks to a server: by way of helpers that do not end with it, but with the block they do,
            and with this process however that ends.
    """
    process = _program()(repo).execute(
        _command(repo, settings, words),
        istream=_PIPE,
        as_process=True,
        shell=False,
        env=_ENVIRONMENT,
        start_new_session=talks,
    )
    pipes = [cast("IO[bytes]", getattr(process, name)) for name in ("stdin", "stdout", "stderr")]
    with ending_with_us(process.proc.pid) if talks and process.proc else contextlib.nullcontext():
        try:
            yield Running(process, *pipes)
        finally:
            for pipe in pipes:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
            if process.proc is not None and process.proc.poll() is None:
                process.proc.terminate()
                process.proc.wait()


def listen(git: Running, tick: Callable[[], None]) -> tuple[bytes, str]:
    """Read stdout and stderr to their ends, calling *tick* a few times per second when git takes its time."""
    said = {git.stdout: bytearray(), git.stderr: bytearray()}
    unfinished = list(said)
    while unfinished:
        ready = select.select(unfinished, [], [], _TICK)[0]
        for pipe in ready:
            chunk = os.read(pipe.fileno(), CHUNK)
            said[pipe] += chunk
            if not chunk:
                unfinished.remove(pipe)
        if not ready:
            tick()
    return bytes(said[git.stdout]), said[git.stderr].decode(errors="replace")


def read(repo: Path, *words: str) -> bytes:
    """Run a command that answers on stdout and needs no network.

    Raises:
        GitFailed: It failed.
    """
    with start(repo, OFFLINE, words) as git:
        git.stdin.close()
        answer, said = listen(git, lambda: None)
        if git.wait():
            raise GitFailed(f"git {words[0]} failed: {last_line(said)}")
        return answer
