"""Which module fetches which kind of source. Each has ``fetch(request, home, report) -> Fetched``."""

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
    module = cast("_Module", importlib.import_module(MODULES[request.source.kind]))
    return module.fetch(request, home, report)
