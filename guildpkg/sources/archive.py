"""``http(s)://`` files: downloaded once, checked, unpacked when they are archives.

The pin holds the file's name, its SHA-256 and the newest time inside; with it nothing is fetched that the cache has.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from urllib.parse import unquote, urlsplit

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, Warn
from guildpkg.core.sources import Pin
from guildpkg.errors import ArchiveError, SourceError
from guildpkg.sources.laying import Survey
from guildpkg.sources.request import Fetched, Request
from guildpkg.stores.downloads import Downloads
from guildpkg.system.http.download import Wanted
from guildpkg.system.http.transfer import Settings, shown


def fetch(request: Request, home: Path, report: Reporter, *, settings: Settings | None = None) -> Fetched:
    """Bring the file of an ``http`` source, or find it in the cache.

    Raises:
        IntegrityError: It is not what the recipe or the lock demands.
        NetworkError: It cannot be had.
        OfflineError: It would have to be fetched.
        SourceError: It does not exist, or is larger than the limit.
        ArchiveError: It is an archive that must not be unpacked.
    """
    source = request.source
    name = file_name(source.text)
    url = _place(request)
    digest = _demanded(request)
    cache = Downloads(home, request.offline, settings or Settings(), report)
    found = cache.get(Wanted(url, digest or None, limit=request.limits.download))
    if not digest:
        report(Warn(f"{source.text} has no sha256; the lock keeps the one found"))
    survey = Survey(request, home, report, found.path, name)
    pin = Pin(source.name, source.text, "http", file=name, sha256=found.sha256, details=source.wishes)
    try:
        pin = survey.dated(pin)
    except ArchiveError:
        # it may be a part of the file, or a page that says why there is none: nothing to keep without a hash
        if not digest:
            cache.forget(url)
        raise
    return Fetched(pin, found.way, shown(url), survey.lay)


def is_here(request: Request, home: Path) -> bool:
    """Tell, by looking only, whether `fetch` would need no network."""
    cache = Downloads(home)
    digest = _demanded(request)
    if request.offline and not digest:
        digest, _ = cache.recall(_place(request))
    return bool(digest) and cache.find(digest) is not None


def _demanded(request: Request) -> Sha256:
    return Sha256(request.source.sha256 or (request.pin.sha256 if request.pin else ""))


def file_name(url: str) -> str:
    """Give the name of the file that a URL ends with.

    Raises:
        SourceError: It ends with none.
    """
    name = posixpath.basename(unquote(urlsplit(url).path))
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise SourceError(f"{shown(url)} names no file", hint="a page or a folder cannot be a source")
    return name


def _place(request: Request) -> str:
    """Give the URL that is asked; a mirror may be a file of this machine, named by its path."""
    if not request.mirror:
        return request.source.text
    return request.mirror if "://" in request.mirror else (request.recipedir / request.mirror).as_uri()
