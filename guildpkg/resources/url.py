"""Sources ``url``: a file of the web, by the shared cache; its mirrors are tried in turn.

With a SHA-256 the cache alone decides: a file that is there and sound is used without asking anybody, one that has
gone bad is fetched anew, and a mirror that sends something else is passed over. Without one the server is asked
whether its file has changed; when it cannot be asked, what came last time is used, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guildpkg.core.events import Step, Warn
from guildpkg.core.project.resource_names import name_in
from guildpkg.errors import DiskFull, IntegrityError, NetworkError, OfflineError, SourceError
from guildpkg.resources.request import Ask, Found
from guildpkg.resources.unfold import bad_hash, digest_of, unfold_file
from guildpkg.stores.downloads import Cached, Downloads
from guildpkg.system.http.download import Wanted
from guildpkg.system.http.transfer import shown

_NAMELESS: Final = "download"
"""What a file is called whose URL ends in no name; `rename` gives it another one."""
_FEW: Final = 2
"""Tries of one mirror, when there are others."""


def find(ask: Ask) -> Found:
    """See `table.find`."""
    url, cached = _first(ask)
    name = name_in(ask.source.value) or name_in(url) or _NAMELESS
    if cached.way != "download":
        ask.world.report(Step(f"Using cached file {name}"))
    return unfold_file(cached.path, name, ask, source=shown(url), way="sealed")


def _first(ask: Ask) -> tuple[str, Cached]:
    """Give the first mirror that has the file, and the file."""
    urls = (ask.source.value, *ask.source.mirrors)
    problems: list[SourceError | IntegrityError] = []
    for number, downloads in enumerate(_manners(ask, len(urls))):
        try:
            return urls[number], _get(urls[number], ask, downloads)
        except DiskFull:
            raise
        except (SourceError, IntegrityError) as error:
            problems.append(error)
            if number + 1 < len(urls):
                ask.world.report(Warn(f"{error}; trying {shown(urls[number + 1])}"))
    if len(problems) == 1:
        raise problems[0]
    raise SourceError("; ".join(str(problem) for problem in problems), hint=problems[-1].hint) from problems[-1]


def _manners(ask: Ask, count: int) -> Iterator[Downloads]:
    """Give the manners in which each mirror is asked: with less patience while there are others."""
    downloads = replace(ask.world.downloads, report=ask.world.report)
    if count > 1:
        downloads = replace(downloads, settings=replace(downloads.settings, attempts=_FEW))
    for _ in range(count):
        yield downloads


def _get(url: str, ask: Ask, downloads: Downloads) -> Cached:
    wanted = Wanted(url, sha256=digest_of(ask.source.sha256), limit=ask.world.limits.download)
    try:
        return downloads.get(wanted)
    except IntegrityError as error:
        if error.found:
            raise bad_hash(shown(url), ask.source.sha256, error.found) from error
        raise
    except NetworkError as error:
        if wanted.sha256 is not None:
            raise
        try:
            earlier = replace(downloads, offline=True).get(wanted)
        except OfflineError:
            raise error from None
        ask.world.report(Warn(f"{error}; using what came from there last time"))
        return earlier
