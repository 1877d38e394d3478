"""What git says on stderr when it fails, told apart by what can be done about it.

git has one exit status for every failure, so its text (in the C locale) is all there is to go by. Everything here is
pure: text in, an error and whether to try again out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from guildpkg.errors import DiskFull, GuildError, NetworkError, SourceError
from guildpkg.lean import dataclass


class Refused(SourceError):
    """The server hands out no object by its id, or knows no such filter: there may be another way."""


class MissingRef(SourceError):
    """The repository has no ref of that name."""


class GitFailed(SourceError):
    """git failed for a reason of its own: the repository here may be damaged."""


class OtherFormat(SourceError):
    """The remote repository names its objects by another hash than the one here.

    Attributes:
        algorithm: ``sha1`` or ``sha256``, as the remote has it.
    """

    def __init__(self, message: str, algorithm: str) -> None:
        super().__init__(message)
        self.algorithm = algorithm


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a git command failed.

    Attributes:
        error: What to raise.
        again: True when the same command may well succeed a little later.
    """

    error: GuildError
    again: bool = False


def _nowhere(url: str, _: str) -> Failure:
    hint = "look at its spelling; hosts say so of private repositories, too"
    return Failure(SourceError(f"there is no git repository at {url}", hint=hint))


def _locked_out(url: str, line: str) -> Failure:
    hint = "set up a git credential helper, ~/.netrc or an ssh agent; git is not allowed to ask here"
    return Failure(SourceError(f"{url} lets nobody in without credentials: {line}", hint=hint))


def _dumb(url: str, _: str) -> Failure:
    hint = "it has to speak git's smart protocol; name a mirror with --source NAME=URL"
    return Failure(SourceError(f"{url} only serves the files of a repository", hint=hint))


def _untrusted(url: str, line: str) -> Failure:
    return Failure(NetworkError(f"{url} cannot be trusted: {line}", hint="look at its certificate, or at your clock"))


def _passing(url: str, line: str) -> Failure:
    hint = "try again later, or name a mirror with --source NAME=URL"
    return Failure(NetworkError(f"{url} did not answer as it should: {line}", hint=hint), again=True)


def _refused(_: str, line: str) -> Failure:
    return Failure(Refused(line))


def _missing(_: str, line: str) -> Failure:
    return Failure(MissingRef(line))


def _forbidden(url: str, line: str) -> Failure:
    return Failure(SourceError(f"git refuses {url}: {line}", hint="your git configuration decides this"))


def _full(_: str, line: str) -> Failure:
    return Failure(DiskFull(f"no room left for the download: {line}", hint="free some space and run it again"))


_KINDS: Final[tuple[tuple[str, Callable[[str, str], Failure]], ...]] = (
    (r"no space left on device|disk quota exceeded|file too large", _full),
    (
        r"not our ref|unadvertised object|remote ref [0-9a-f]{40}|filter '?\S+'? not supported|tree filter allows",
        _refused,
    ),
    (r"couldn't find remote ref", _missing),
    (r"dumb http transport", _dumb),
    (r"not found: did you run|repository '.*' not found|repository not found|returned error: (404|410)", _nowhere),
    (r"not appear to be a git repository|'.*' does not exist", _nowhere),
    (
        r"could not read (username|password)|authentication failed|permission denied \(|returned error: 40[13]",
        _locked_out,
    ),
    (r"host key verification failed|prompts disabled", _locked_out),
    (r"certificate", _untrusted),
    (r"transport '.*' not allowed|dubious ownership|unable to find remote helper", _forbidden),
    (
        r"could(n't| not) resolve|failed to connect|couldn't connect|connection (refused|reset|closed|timed out)",
        _passing,
    ),
    (r"too slow|timed out|timeout|early eof|rpc failed|hung up|disconnect|transfer closed|empty reply", _passing),
    (r"returned error: (5\d\d|408|429)|network is unreachable|no route to host|(ssl|tls|gnutls)_?\w* ", _passing),
    (r"bad line length|protocol error|expected '?(flush|packfile)|unexpected end|bad band|remote error", _passing),
)
_OTHER_FORMAT = re.compile(r"mismatched algorithms: client \w+; server (\w+)")


def explain(stderr: str, url: str) -> Failure:
    """Tell why a command failed.

    Args:
        stderr: All that git wrote, in the C locale.
        url: The remote, fit to be shown.
    """
    line = last_line(stderr)
    if found := _OTHER_FORMAT.search(stderr):
        return Failure(OtherFormat(line, found[1]))
    for pattern, make in _KINDS:
        if re.search(pattern, stderr, re.IGNORECASE):
            return make(url, line)
    return Failure(GitFailed(f"git failed: {line}", hint="git itself says no more than this"))


def last_line(stderr: str) -> str:
    """Give the line that says most: git's last ``fatal:`` or ``error:``, else its last line at all."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", stderr) if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))] or lines
    return re.sub(r"^(fatal|error): ", "", telling[-1]) if telling else "it said nothing"
