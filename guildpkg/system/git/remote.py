"""Talking to the git repository of somebody else: fetching refs and objects, listing refs.

Trying again, giving up on a server that stalls, and keeping credentials out of what is shown happen here.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.digests import GitId
from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.lean import dataclass
from guildpkg.system.git.plumbing import listen, read, start
from guildpkg.system.git.talk import GitFailed, MissingRef, explain

REMOTE: Final = "guildpkg-source"

# Fetched objects up to this many are kept one per file, where they are read without git: see stores/repositories.py
_LOOSE: Final = 5000


@dataclass(frozen=True, slots=True)
class Patience:
    """When a server has had its chance.

    Attributes:
        stall: Seconds without one byte after which a transfer is given up.
        pauses: Seconds to wait before each further attempt; as many attempts follow the first.
    """

    stall: int = 60
    pauses: tuple[float, ...] = (1.0, 3.0)


DEFAULT: Final = Patience()


def _nothing() -> None:
    """Do nothing, a few times per second."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Whom to ask, and how.

    Attributes:
        url: A URL, or a path on this machine; it may carry credentials.
        patience: When to give up.
        report: Told of each further attempt.
        tick: Called a few times per second while git works.
    """

    url: str
    patience: Patience = DEFAULT
    report: Reporter = silent
    tick: Callable[[], None] = _nothing


def fetch(
    repo: Path, remote: Remote, wanted: Sequence[str], *, leave_out: str = "", depth_1: bool = False, depth: int = 0
) -> bool:
    """Fetch refs or objects into a bare repository, in one conversation with the server.

    The server's own progress is not asked for: on a small subtree it would be more bytes than the files.

    Args:
        repo: The repository.
        remote: Whom to ask.
        wanted: Refspecs (``+refs/tags/v1:refs/x/v1``) or full ids of objects of any kind.
        leave_out: Filter of objects not to send: ``tree:0``, ``blob:none``; empty for none.
        depth_1: Fetch no commit but the ones named.
        depth: Fetch so many generations of commits; 0 for all of them.

    Returns:
        Whether the server heeded the filter; true when there was none.

    Raises:
        Refused: The server gives no objects by id, or no filtered ones.
        MissingRef: It has no such ref.
        OtherFormat: It has the other kind of ids.
        SourceError: There is no repository, or no way in.
        NetworkError: It failed also after trying again.
        GitFailed: git failed here.
    """
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune"]
    if leave_out:
        # Told so on the command line, git writes nothing into the configuration, and never fetches behind our back
        settings = [f"remote.{REMOTE}.promisor=true", f"remote.{REMOTE}.partialclonefilter={leave_out}"]
        words += [f"--filter={leave_out}"]
    else:
        settings = [f"fetch.unpackLimit={_LOOSE}"]
        words += ["--no-filter"]
    depth = 1 if depth_1 else depth
    words += [f"--depth={depth}"] if depth else []
    _, said = _ask(repo, remote, [*words, "--stdin", REMOTE], settings=settings, lines=wanted)
    return "filtering not recognized" not in said


def remote_refs(repo: Path, remote: Remote) -> dict[str, GitId]:
    """List every branch and tag of a remote: full names to the ids they hold (of the tag object, for one).

    Raises:
        SourceError: As for `fetch`.
    """
    listed, _ = _ask(repo, remote, ["ls-remote", "--heads", "--tags", "--refs", "--quiet", REMOTE])
    pairs = (line.partition("\t") for line in listed.decode(errors="surrogateescape").splitlines())
    return {ref: GitId(id_) for id_, _, ref in pairs}


def _ask(
    repo: Path, remote: Remote, words: Sequence[str], *, settings: Sequence[str] = (), lines: Sequence[str] = ()
) -> tuple[bytes, str]:
    """Run a command against a remote, again where that may help; give its stdout and stderr."""
    network = (
        f"remote.{REMOTE}.url={remote.url}",
        "protocol.version=2",
        "http.lowSpeedLimit=1",
        f"http.lowSpeedTime={remote.patience.stall}",
        *_quiet_ssh(repo),
    )
    for pause in (*remote.patience.pauses, None):
        with start(repo, (*network, *settings), words, talks=True) as git:
            with contextlib.suppress(BrokenPipeError):
                git.stdin.writelines(f"{line}\n".encode() for line in lines)
                git.stdin.close()
            answer, said = listen(git, remote.tick)
            status = git.wait()
            if status == 0:
                return answer, said
            if status == 1 and not said.strip():
                # how `git fetch --depth` says that none of the patterns matched
                raise MissingRef("nothing there has such a name")
        failure = explain(said.replace(remote.url, shown(remote.url)), shown(remote.url))
        if not failure.again or pause is None:
            raise failure.error
        remote.report(Warn(f"{failure.error}; trying again in {pause:g} s"))
        time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


@functools.cache
def _quiet_ssh(repo: Path) -> tuple[str, ...]:
    """Keep ssh from asking on the terminal and from waiting for ever, unless the user has a say about ssh.

    Any URL may turn out to be one for ssh, by the user's ``insteadOf``.
    """
    if "GIT_SSH" in os.environ:
        return ()
    with contextlib.suppress(GitFailed):
        read(repo, "config", "--get", "core.sshCommand")
        return ()
    return ("core.sshCommand=ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=20",)


def shown(remote: str) -> str:
    """Give a URL without the credentials in it; the user name that ssh needs stays."""
    scheme, found, rest = remote.partition("://")
    host, slash, path = rest.partition("/")
    login, at, place = host.rpartition("@")
    if not found or not at:
        return remote
    kept = f"{login.partition(':')[0]}@" if scheme == "ssh" else ""
    return f"{scheme}://{kept}{place}{slash}{path}"
