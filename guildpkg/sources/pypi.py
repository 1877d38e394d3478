"""``pypi:NAME==VERSION``: the sdist of a release, from wherever pip would take it, unpacked as it is.

Nothing of the project is run. The pin holds the file's name, its SHA-256 and the newest time inside, and never the
address of an index: who has another index gets the same file or an error.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, Warn
from guildpkg.core.sources import Pin
from guildpkg.errors import SourceError
from guildpkg.sources import pip_config
from guildpkg.sources.index_pages import Link, sdist_version
from guildpkg.sources.index_search import Release, search
from guildpkg.sources.laying import Survey
from guildpkg.sources.request import Fetched, Request
from guildpkg.stores.downloads import Cached, Downloads
from guildpkg.system.http.download import Wanted
from guildpkg.system.http.transfer import Settings, shown


def fetch(request: Request, home: Path, report: Reporter, *, settings: Settings | None = None) -> Fetched:
    """Bring the sdist of a ``pypi`` source, or find it in the cache.

    Raises:
        SourceError: There is no such project, release or sdist; pip cannot be asked.
        IntegrityError: It is not what the recipe or the lock demands, or not what the index says of it.
        NetworkError: An index or the file cannot be had.
        OfflineError: It would have to be fetched.
        ArchiveError: It is an archive that must not be unpacked.
    """
    cache = Downloads(home, request.offline, settings or Settings(), report)
    file, found, origin = _here(request, cache) or _from_index(request, cache)
    source = request.source
    cache.remember(_memo(release_of(source.text)), found.sha256, file)
    survey = Survey(request, home, report, found.path, file)
    pin = Pin(source.name, source.text, "pypi", file=file, sha256=found.sha256, details=source.wishes)
    return Fetched(survey.dated(pin), found.way, origin, survey.lay)


def is_here(request: Request, home: Path) -> bool:
    """Tell, by looking only, whether `fetch` would need no network.

    Raises:
        SourceError: The source names no release.
    """
    return _here(request, Downloads(home)) is not None


def release_of(text: str) -> Release:
    """Read ``pypi:NAME==VERSION``.

    Raises:
        SourceError: It is not that.
    """
    name, equals, version = text.removeprefix("pypi:").partition("==")
    try:
        if not equals or not name:
            raise InvalidVersion
        return Release(canonicalize_name(name.strip()), Version(version))
    except InvalidVersion as error:
        raise SourceError(f"{text} names no release", hint="write pypi:NAME==VERSION") from error


def _demanded(request: Request) -> Sha256:
    return Sha256(request.source.sha256 or (request.pin.sha256 if request.pin else ""))


def _memo(release: Release) -> str:
    return f"pypi:{release.project}=={release.version}"


def _here(request: Request, cache: Downloads) -> tuple[str, Cached, str] | None:
    """Find the file without asking anyone: what is demanded, or offline what came last time."""
    digest, file = cache.recall(_memo(release_of(request.source.text)))
    demanded = _demanded(request)
    if request.pin and request.pin.file and request.pin.sha256 == demanded:
        digest, file = demanded, request.pin.file
    if not digest or (demanded and digest != demanded) or not (demanded or request.offline):
        return None
    found = cache.find(digest)
    return (file, found, request.source.text) if found else None


def _from_index(request: Request, cache: Downloads) -> tuple[str, Cached, str]:
    release = replace(release_of(request.source.text), sha256=_demanded(request))
    config = _stand_in(request.mirror) if request.mirror else pip_config.read()
    settings = replace(
        cache.settings,
        ca_file=config.cert,
        client_cert=config.client_cert,
        proxy=config.proxy,
        trusted=config.trusted,
    )
    cache = replace(cache, settings=settings)
    link = _mirrored(request, release) or search(release, config, cache)
    if link.yanked:
        cache.report(Warn(f"{release} was yanked: {link.yanked}"))
    digest = release.sha256 or link.sha256
    if not digest:
        cache.report(Warn(f"{request.source.text} has no sha256; the lock keeps the one found"))
    found = cache.get(Wanted(link.url, digest or None, link.size, request.limits.download))
    return link.file, found, shown(link.url)


def _stand_in(mirror: str) -> pip_config.PipConfig:
    """Ask this index only; who names it on the command line trusts it, with http too."""
    parts = urlsplit(mirror)
    plain = {parts.netloc.rpartition("@")[2].lower()} if parts.scheme == "http" else set()
    return pip_config.PipConfig(indexes=(mirror,), trusted=frozenset(plain))


def _mirrored(request: Request, release: Release) -> Link | None:
    """Take the stand-in for the file itself when it is called like one; else it is an index."""
    if not request.mirror:
        return None
    file = posixpath.basename(unquote(urlsplit(request.mirror).path))
    link = Link(request.mirror, file)
    return link if sdist_version(link, release.project) == release.version else None
