"""Which module finds the files of which kind of source."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Final, Protocol, cast

from guildpkg.resources.request import Ask, Found

MODULES: Final[Mapping[str, str]] = {
    "exists": "guildpkg.resources.exists",
    "file": "guildpkg.resources.file",
    "module": "guildpkg.resources.module",
    "operation": "guildpkg.resources.operation",
    "package": "guildpkg.resources.package",
    "url": "guildpkg.resources.url",
}
"""Kind of source (`core.project.model.SOURCE_KINDS`) to module, loaded when the first source of its kind is found."""


class _Module(Protocol):
    def find(self, ask: Ask) -> Found:
        """See `find` below."""


def find(ask: Ask) -> Found:
    """Bring the files of a source here, without laying them.

    Raises:
        DependencyError: They cannot be had.
        SourceError: They cannot be fetched.
        IntegrityError: They are not what the source demands.
        ArchiveError: They are in an archive that must not be unpacked.
    """
    return cast("_Module", importlib.import_module(MODULES[ask.source.kind])).find(ask)
