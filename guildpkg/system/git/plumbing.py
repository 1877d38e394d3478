"""The only gate to git: a handful of plumbing commands, run as argument lists.

The user's own configuration is heard where git talks to a server (proxies, credentials, ``insteadOf``), and not where
it compares or merges; hooks, templates and automatic maintenance never are, git never asks on the terminal, and
nothing of the caller's ``GIT_DIR`` and kin reaches it.
A command that is not meant to use the network cannot: every transport is forbidden to it.
Failures are raised as `guildpkg.errors.GuildError` with git's own last line.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import select
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guildpkg.errors import GuildError
from guildpkg.system.git.talk import GitFailed, last_line

if TYPE_CHECKING:
    from guildpkg.system.process.alone import Piped

OLDEST: Final = (2, 39)
_TICK: Final = 0.25
CHUNK: Final = 1 << 18

_FORGOTTEN: Final = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    *("GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_PREFIX"),
    *("GIT_CONFIG", "GIT_TEMPLATE_DIR", "GIT_QUARANTINE_PATH", "GIT_PROTOCOL", "GIT_DEFAULT_HASH"),
    *("GIT_ATTR_SOURCE", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS"),
)
_ENVIRONMENT: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
_SETTINGS: Final = (
    *("core.hooksPath=/dev/null", "core.fsync=none", "core.commitGraph=false", "gc.auto=0", "maintenance.auto=false"),
    *("fetch.negotiationAlgorithm=noop", "fetch.writeCommitGraph=false", "core.bigFileThreshold=8m"),
)
OFFLINE: Final = ("protocol.allow=never",)
_DEAF: Final = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
"""What keeps the configuration of user and machine out of what git says."""


@functools.cache
def _program() -> str:
    """Find git and look at its version.

    Raises:
        GuildError: git is missing, or too old.
    """
    from guildpkg.system.process.alone import piped

    needed = ".".join(map(str, OLDEST))
    found = shutil.which("git")
    if found is None:
        raise GuildError("git is not installed, or not on PATH", hint=f"install git {needed} or later")
    with piped([found, "version"], env=_environment()) as git:
        said = git.stdout.read().decode(errors="replace")
    version = re.search(r"\d+(?:\.\d+)+", said)
    if version is None:
        raise GuildError(f"{found} does not tell its version", hint=f"install git {needed} or later")
    if tuple(map(int, version[0].split(".")[:2])) < OLDEST:
        raise GuildError(f"git {version[0]} is too old", hint=f"install git {needed} or later")
    return found


def _environment() -> dict[str, str]:
    """Give git the environment of this process without what would send it elsewhere, and in the C locale."""
    kept = {name: value for name, value in os.environ.items() if name not in _FORGOTTEN}
    return {**kept, "LANGUAGE": "C", "LC_ALL": "C", **_ENVIRONMENT}


@contextlib.contextmanager
def start(
    repo: Path, settings: Sequence[str], words: Sequence[str], *, talks: bool = False, deaf: bool = False
) -> Iterator[Piped]:
    """Start git; whatever happens in the block, it does not outlive it.

    Args:
        repo: The repository.
        settings: ``NAME=VALUE`` of its configuration.
        words: The command.
        talks: True when it talks to a server: by way of helpers that do not end with it, but with the block they do,
            and with this process however that ends.
        deaf: True when what it says must not depend on anybody's configuration.
    """
    # a build whose sources are all in the cache starts no git, and does without what starts processes
    from guildpkg.system.process.alone import piped

    options = [word for setting in (*_SETTINGS, *settings) for word in ("-c", setting)]
    env = _environment() | (_DEAF if deaf else {})
    with piped([_program(), f"--git-dir={repo}", *options, *words], env=env, watched=talks) as git:
        yield git


def listen(git: Piped, tick: Callable[[], None]) -> tuple[bytes, str]:
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
