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
from guildpkg.system.process import lifeline

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
_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
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
    wait: Callable[[], int]


@contextlib.contextmanager
def start(repo: Path, settings: Sequence[str], words: Sequence[str]) -> Iterator[Running]:
    """Start git; whatever happens in the block, it does not outlive it.

    It ends by itself when its pipes do: with the block, or when this process is killed.
    """
    process = _execute(repo, _command(repo, settings, words), env=_ENVIRONMENT)
    with _piped(process, lambda: process.proc.wait() if process.proc else 1) as running:
        yield running
        return


@contextlib.contextmanager
def start_talking(repo: Path, settings: Sequence[str], words: Sequence[str]) -> Iterator[Running]:
    """Start a git that talks to a server, for which it starts helpers that heed no pipe.

    None of them outlives the block, nor this process however it ends.
    """
    line = lifeline(_command(repo, settings, words), cwd=repo, env={**os.environ, **_ENVIRONMENT})
    try:
        process = _execute(repo, line.argv, pass_fds=[line.descriptor], start_new_session=True)
        line.hand_over()
        with _piped(process, line.status, line.cut) as running:
            yield running
    finally:
        line.cut()


def _execute(repo: Path, argv: Sequence[str], **how: object) -> Git.AutoInterrupt:
    return _program()(repo).execute(argv, istream=_PIPE, as_process=True, shell=False, **how)


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
