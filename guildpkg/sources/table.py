"""Which module fetches which kind of source. Each has the two functions of this module, for its kind."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol, cast

from guildpkg.core.events import Reporter
from guildpkg.sources.request import Fetched, Request

MODULES: Final[Mapping[str, str]] = {
    "file": "guildpkg.sources.file",
    "git": "guildpkg.sources.git",
    "http": "guildpkg.sources.archive",
    "pypi": "guildpkg.sources.pypi",
}
"""Kind of source (`core.sources.Source.kind`) to module, loaded when the first source of its kind is fetched."""


class _Module(Protocol):
    def fetch(self, request: Request, home: Path, report: Reporter) -> Fetched:
        """See `fetch` below."""

    def is_here(self, request: Request, home: Path) -> bool:
        """See `is_here` below."""


def fetch(request: Request, home: Path, report: Reporter) -> Fetched:
    """Bring a source here, or find it in the cache, and verify it.

    Args:
        request: The source, and what the lock and the user say about it.
        home: ``$GUILD_HOME``; the cache lies below it.
        report: Hears of progress and warnings.

    Raises:
        SourceError: It cannot be had (`NetworkError`, `OfflineError` among these).
        IntegrityError: It is not what the recipe or the lock demands.
        ArchiveError: It must not be laid out.
    """
    return _module(request).fetch(request, home, report)


def is_here(request: Request, home: Path) -> bool:
    """Tell, by looking only, whether `fetch` would need no network; nothing is written, and nothing is verified.

    Raises:
        SourceError: There is no such file in the recipe, or the source is written wrongly.
        IntegrityError: Recipe and lock contradict each other.
    """
    return _module(request).is_here(request, home)


def _module(request: Request) -> _Module:
    return cast("_Module", importlib.import_module(MODULES[request.source.kind]))
