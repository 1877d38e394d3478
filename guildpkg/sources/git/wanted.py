"""What a request asks of git, read once: the URL taken apart, the mirror judged, the demands gathered."""

from __future__ import annotations

import re
from pathlib import Path

from guildpkg.core.git.objects import algorithm_of
from guildpkg.core.git.refs import GitUrl, Problem, parse_git_url
from guildpkg.core.sources import Limits, Pin, Source
from guildpkg.errors import IntegrityError, SourceError, UsageFault
from guildpkg.lean import dataclass
from guildpkg.sources.request import Request

_SCHEMES = ("http", "https", "ssh", "file")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request, ready to be worked on.

    Attributes:
        source: The source as the recipe has it, with what it demands.
        url: Its text, taken apart.
        remote: Where to fetch from: the mirror if there is one, else the repository; may carry credentials.
        pin: What the lock says; None when the ref has to be resolved.
        limits: Size limits.
    """

    source: Source
    url: GitUrl
    remote: str
    pin: Pin | None
    limits: Limits

    @property
    def algorithm(self) -> str:
        """The kind of ids that the recipe and the lock use; ``sha1`` when they name none."""
        known = (self.pin.tree if self.pin else "", self.source.commit, self.source.tree, self.url.ref)
        wide = self.url.kind == "commit" and algorithm_of(self.url.ref) == "sha256"
        return "sha256" if wide or any(algorithm_of(id_) == "sha256" for id_ in known[:3]) else "sha1"


def read_request(request: Request) -> Wanted:
    """Read a request.

    Raises:
        SourceError: The source's text is not one of a git source.
        UsageFault: The mirror cannot be fetched from.
        IntegrityError: The recipe demands another commit or tree than the lock has.
    """
    source = request.source
    url = parse_git_url(source.text)
    if not isinstance(url, GitUrl):
        problem = url or Problem("this is not a git source")
        raise SourceError(f"{problem.message}: {source.text}", hint=problem.hint)
    pin = request.pin if request.pin and request.pin.tree else None
    for what in ("commit", "tree"):
        demanded, locked = getattr(source, what), getattr(pin, what, "")
        if demanded and locked and demanded != locked:
            message = f"{source.where}: {source.name} has to be {what} {demanded}, and the lock has {locked}"
            raise IntegrityError(message, hint="`guild lock --update` takes over what the recipe demands")
    remote = _mirror(request) if request.mirror else url.repository
    return Wanted(source, url, remote, pin, request.limits)


def _mirror(request: Request) -> str:
    mirror = request.mirror
    if re.search(r"[\x00-\x1f\x7f]|^-|^\w+::", mirror):
        raise UsageFault(f"{mirror!r} is not the URL of a repository", hint="write --source NAME=URL")
    page = parse_git_url(mirror)
    if isinstance(page, GitUrl):
        return page.repository
    plain = mirror.removeprefix("git+")
    scheme, found, _ = plain.partition("://")
    if not found:
        return str(request.recipedir / Path(plain))
    if scheme not in _SCHEMES:
        raise UsageFault(f"git sources cannot be fetched by {scheme}", hint=f"a mirror's URL is {', '.join(_SCHEMES)}")
    return plain
