"""Where pip would look for packages on this machine: its files and its environment, read by pip itself.

pip has no public interface for this. `_items` is the one place that knows the private one, in the two forms that it
has had (flat, and by file since pip 25); the rules of what overrides what are those of pip's option parser.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from guildpkg.errors import SourceError
from guildpkg.lean import dataclass

_SECTIONS: Final = ("global", "install", "download", ":env:")
"""Later ones override earlier ones; both commands that fetch packages count."""
_TRUE: Final = ("y", "yes", "t", "true", "on", "1")


@dataclass(frozen=True, slots=True)
class PipConfig:
    """What pip is told.

    Attributes:
        indexes: URLs of package indexes, in the order in which they are asked; they may hold credentials.
        find_links: URLs of pages and folders with links to packages, asked before the indexes.
        trusted: Hosts, with or without a port, that need no sound certificate.
        cert: File or folder of certificates to trust.
        client_cert: File with a certificate and a key to show.
        proxy: URL of a proxy.
    """

    indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted: frozenset[str] = frozenset()
    cert: str = ""
    client_cert: str = ""
    proxy: str = ""


def read() -> PipConfig:
    """Ask pip.

    Raises:
        SourceError: pip is missing, or its configuration cannot be read.
    """
    try:
        from pip._internal.exceptions import PipError
        from pip._internal.models.index import PyPI
    except ImportError as error:
        raise SourceError(
            "pip is not installed beside guild, so nobody knows where packages are", hint="python -m ensurepip"
        ) from error
    try:
        return from_items(_items(), default=PyPI.simple_url)
    except (PipError, OSError, AttributeError, TypeError, ValueError) as error:
        raise SourceError(f"pip's configuration cannot be read: {error}", hint="see `pip config debug`") from error


def from_items(items: Iterable[tuple[str, str]], default: str) -> PipConfig:
    """Make sense of pip's settings.

    Args:
        items: ``SECTION.KEY`` and value, as ``pip config list`` shows them; for equal keys the last one counts.
        default: The index that is asked when none is set.
    """
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for name, value in items:
        section, _, key = name.partition(".")
        if section in found and value.strip():
            found[section][key] = value.strip()
    merged = {key: value for section in _SECTIONS for key, value in found[section].items()}
    indexes = [merged.get("index-url", default), *merged.get("extra-index-url", "").split()]
    if merged.get("no-index", "").lower() in _TRUE:
        indexes = []
    return PipConfig(
        indexes=tuple(dict.fromkeys(map(_as_url, indexes))),
        find_links=tuple(dict.fromkeys(map(_as_url, merged.get("find-links", "").split()))),
        trusted=frozenset(host.lower() for host in merged.get("trusted-host", "").split()),
        cert=merged.get("cert", ""),
        client_cert=merged.get("client-cert", ""),
        proxy=merged.get("proxy", ""),
    )


def _as_url(place: str) -> str:
    return place if "://" in place or place.startswith("file:") else Path(place).expanduser().absolute().as_uri()


def _items() -> list[tuple[str, str]]:
    from pip._internal.configuration import Configuration

    configuration = Configuration(isolated=False)
    configuration.load()
    items: list[tuple[str, str]] = []
    for name, value in configuration.items():
        by_file: object = value
        items.extend(by_file.items() if isinstance(by_file, dict) else [(name, value)])
    return items
