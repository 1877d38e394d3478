"""Look a release up in the places that pip would ask, in pip's order."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import NormalizedName
from packaging.version import Version

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Detail, Reporter, Warn
from guildpkg.errors import IntegrityError, NetworkError, OfflineError, SourceError
from guildpkg.lean import dataclass
from guildpkg.sources.index_pages import ACCEPT, Link, preference, read_page, sdist_version, wheel_version
from guildpkg.sources.pip_config import PipConfig
from guildpkg.stores.downloads import Downloads
from guildpkg.system.http.pages import get_page
from guildpkg.system.http.transfer import Missing, shown


@dataclass(frozen=True, slots=True)
class Release:
    """A release to look for.

    Attributes:
        project: Normalised name.
        version: Its version.
        sha256: What the SHA-256 of its sdist must be, or empty.
    """

    project: NormalizedName
    version: Version
    sha256: Sha256 = Sha256("")

    def __str__(self) -> str:
        return f"{self.project} {self.version}"


def search(release: Release, config: PipConfig, cache: Downloads) -> Link:
    """Find the sdist of a release: the first place that has one with the hash demanded, or without a hash.

    A place that cannot be reached ends the search unless a hash is demanded: only that makes the file of the next
    place as good.

    Args:
        release: What to look for.
        config: Where to look.
        cache: Says whether the network may be used, with which patience, and who hears warnings.

    Raises:
        SourceError: There is no such project, no such release, or it has no sdist.
        IntegrityError: It is there with other hashes only.
        NetworkError: A place cannot be asked.
        OfflineError: It is in no place that can be read without the network.
    """
    seen: list[Link] = []
    failures: list[NetworkError] = []
    for place, page in _places(release.project, config, cache):
        try:
            links = _links(page, cache)
        except NetworkError as error:
            if not release.sha256:
                raise
            cache.report(Warn(f"{error}; looking further"))
            failures.append(error)
            continue
        except Missing:
            continue
        cache.report(Detail(f"{shown(place)} offers {len(links)} files"))
        links = [link for link in links if link.sha256 or _is_safe(link.url, config, cache.report)]
        seen += links
        fitting = [link for link in links if sdist_version(link, release.project) == release.version]
        for link in sorted(fitting, key=preference):
            if not release.sha256 or link.sha256 in ("", release.sha256):
                return link
    if failures:
        raise failures[0]
    raise _not_found(release, seen, config, cache)


def _places(project: str, config: PipConfig, cache: Downloads) -> Iterator[tuple[str, str]]:
    """Give each place and the page of it to read."""
    for place in config.find_links:
        if _is_safe(place, config, cache.report) and _may_ask(place, cache):
            yield place, place
    for place in config.indexes:
        if _is_safe(place, config, cache.report) and _may_ask(place, cache):
            parts = urlsplit(place)
            page = parts._replace(path=f"{parts.path.rstrip('/')}/{project}/", fragment="")
            if parts.scheme == "file" and Path(unquote(page.path)).is_dir():
                page = page._replace(path=page.path + "index.html")
            yield place, page.geturl()


def _may_ask(place: str, cache: Downloads) -> bool:
    return not cache.offline or urlsplit(place).scheme == "file"


def _links(page: str, cache: Downloads) -> list[Link]:
    if urlsplit(page).scheme == "file":
        path = Path(unquote(urlsplit(page).path))
        try:
            if path.is_dir():
                return [Link(file.as_uri(), file.name) for file in sorted(path.iterdir()) if file.is_file()]
        except OSError as error:
            raise Missing(f"{path} cannot be read: {error.strerror}") from error
    found = get_page(page, accept=ACCEPT, settings=cache.settings)
    return [_with_password(link, found.url) for link in read_page(found.body, found.content_type, found.url)]


def _with_password(link: Link, page: str) -> Link:
    """Give a link to the server that the page came from the credentials that the page was asked for with."""
    user, at, host = urlsplit(page).netloc.rpartition("@")
    parts = urlsplit(link.url)
    if not at or (parts.scheme, parts.netloc) != (urlsplit(page).scheme, host):
        return link
    return replace(link, url=parts._replace(netloc=f"{user}@{host}").geturl())


def _is_safe(url: str, config: PipConfig, report: Reporter) -> bool:
    """Tell whether nobody on the way can change what comes from a URL; the same rule as pip's."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme in ("https", "file") or host == "localhost":
        return True
    if host in config.trusted or parts.netloc.rpartition("@")[2].lower() in config.trusted:
        return True
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return True
    report(Warn(f"{shown(url)} is passed over: it is neither https nor a trusted-host of pip"))
    return False


def _not_found(release: Release, seen: list[Link], config: PipConfig, cache: Downloads) -> SourceError | IntegrityError:
    sdists = {link: sdist_version(link, release.project) for link in seen}
    versions = {link: sdists[link] or wheel_version(link, release.project) for link in seen}
    if claimed := [link.sha256 for link in seen if sdists[link] == release.version]:
        said = f"the sha256 of {release} is {claimed[0]} and should be {release.sha256}"
        return IntegrityError(said, hint="the release was replaced, or the recipe or the lock is about another one")
    if cache.offline:
        said = f"{release} is not in the download cache, and the network must not be used"
        return OfflineError(said, hint="run it once without --offline")
    if release.version in versions.values():
        hint = "a wheel is no source: name the project's repository or a file instead"
        return SourceError(f"{release} was released without a sdist, as wheels only", hint=hint)
    if known := sorted({found for found in versions.values() if found is not None}):
        return SourceError(f"there is no {release}", hint=f"there is {_nearest(release.version, known)}")
    asked = ", ".join(shown(place) for place in (*config.find_links, *config.indexes)) or "nothing: pip has no index"
    said = f"there is no project {release.project} where pip looks"
    return SourceError(said, hint=f"check its name; asked was {asked}")


def _nearest(version: Version, known: list[Version]) -> str:
    """Name the releases around a version, and the newest."""
    before = [found for found in known if found < version][-2:]
    after = [found for found in known if found > version][:2]
    newest = [] if known[-1] in (*before, *after) else [known[-1]]
    return ", ".join(map(str, before + after + newest))
