"""The pages of a Python package index as values: JSON (PEP 691, 700) or HTML (PEP 503, 592)."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from guildpkg.core.digests import Sha256, is_sha256
from guildpkg.errors import NetworkError
from guildpkg.lean import dataclass

ACCEPT = ", ".join(
    (
        "application/vnd.pypi.simple.v1+json",
        "application/vnd.pypi.simple.v1+html;q=0.2",
        "text/html;q=0.1",
    )
)
_SDISTS = (".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class Link:
    """A file that an index offers.

    Attributes:
        url: Where it is.
        file: Its name.
        sha256: Its hash as the index says, or empty.
        size: Its size as the index says, or None.
        yanked: Why it was taken back (``no reason given``), or empty.
    """

    url: str
    file: str
    sha256: Sha256 = Sha256("")
    size: int | None = None
    yanked: str = ""


def read_page(body: bytes, content_type: str, url: str) -> list[Link]:
    """Read the page of a project, or any page with links to packages.

    Args:
        body: The page.
        content_type: As the server says; empty where nobody does.
        url: Of the page.

    Raises:
        NetworkError: It is no such page.
    """
    is_json = "json" in content_type.lower() or (not content_type and body.lstrip()[:1] == b"{")
    links = _read_json(body, url) if is_json else _read_html(body, url)
    local = urlsplit(url).scheme == "file"
    return [
        link
        for link in links
        if urlsplit(link.url).scheme in (("file", "http", "https") if local else ("http", "https"))
    ]


def sdist_version(link: Link, project: str) -> Version | None:
    """Give the version of a sdist of *project* (normalised name), or None if the file is none."""
    ending = next((end for end in _SDISTS if link.file.endswith(end)), "")
    try:
        name, version = parse_sdist_filename(link.file.removesuffix(ending) + ".tar.gz" if ending else link.file)
    except (InvalidSdistFilename, InvalidVersion):
        return None
    return version if name == project else None


def wheel_version(link: Link, project: str) -> Version | None:
    """Give the version of a wheel of *project* (normalised name), or None if the file is none."""
    try:
        name, version, *_ = parse_wheel_filename(link.file)
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return version if name == project else None


def preference(link: Link) -> int:
    """Rank the sdists of one version: ``.tar.gz``, which PEP 625 wants, comes first."""
    return next((rank for rank, end in enumerate(_SDISTS) if link.file.endswith(end)), len(_SDISTS))


def _read_json(body: bytes, url: str) -> list[Link]:
    try:
        page = json.loads(body)
        version = str(page["meta"]["api-version"])
        files = [_json_link(file, url) for file in page["files"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NetworkError(f"{urlsplit(url).path} is no page of a package index: {error!r}") from error
    if version.partition(".")[0] != "1":
        raise NetworkError(f"the package index speaks version {version} of its interface, which is not known")
    return files


def _json_link(file: dict[str, object], url: str) -> Link:
    hashes, size, yanked = file.get("hashes"), file.get("size"), file.get("yanked", False)
    digest = str(hashes.get("sha256", "")).lower() if isinstance(hashes, dict) else ""
    return Link(
        url=urljoin(url, str(file["url"])),
        file=_plain(str(file["filename"])),
        sha256=Sha256(digest if is_sha256(digest) else ""),
        size=size if isinstance(size, int) else None,
        yanked=(str(yanked) if isinstance(yanked, str) and yanked else "no reason given")
        if yanked is not False
        else "",
    )


def _read_html(body: bytes, url: str) -> list[Link]:
    reader = _Anchors(url)
    reader.feed(body.decode("utf-8", "replace"))
    reader.close()
    return reader.links


class _Anchors(HTMLParser):
    """Collects links; ``<base href>`` moves what they are relative to."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.links: list[Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        href = values.get("href")
        if href is None:
            return
        try:
            if tag == "base":
                self.base = urljoin(self.base, href)
            elif tag == "a":
                self.links.append(self._link(urljoin(self.base, href), values))
        except ValueError:  # the link is no URL
            return

    @staticmethod
    def _link(url: str, values: dict[str, str | None]) -> Link:
        parts = urlsplit(url)
        kind, _, digest = parts.fragment.partition("&")[0].partition("=")
        sound = kind == "sha256" and is_sha256(digest.lower())
        yanked = (values["data-yanked"] or "no reason given") if "data-yanked" in values else ""
        file = _plain(unquote(parts.path).rpartition("/")[2])
        return Link(parts._replace(fragment="").geturl(), file, Sha256(digest.lower() if sound else ""), None, yanked)


def _plain(file: str) -> str:
    return "" if "/" in file or "\0" in file or file in (".", "..") else file
