"""What a build came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from guildpkg.lean import dataclass
from guildpkg.sources.request import Fetched

if TYPE_CHECKING:
    from guildpkg.pipeline.package.pack import Packed


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to.

    Attributes:
        name: Package name.
        version: Package version, from the recipe or its ``pkgver`` hook.
        archive: The archive; None when only sources were wanted.
        packed: Its digests and sizes; None likewise.
        fetched: The sources, and how they came.
        lock_changed: True when ``GuildPkg.lock`` was written.
        sandbox: How hooks were confined: ``bubblewrap 0.8.0``, ``none: WHY``; empty when none ran.
    """

    name: str
    version: str
    archive: Path | None
    packed: Packed | None
    fetched: tuple[Fetched, ...]
    lock_changed: bool
    sandbox: str = ""


def result_of(built: Built) -> dict[str, Any]:
    """Give what a build came to as plain values."""
    packed = built.packed
    return {
        "name": built.name,
        "version": built.version,
        "archive": str(built.archive) if built.archive else None,
        "sha256": packed.sha256 if packed else None,
        "size": packed.size if packed else None,
        "files": packed.files if packed else None,
        "statement": str(packed.statement) if packed else None,
        "unchanged": packed.unchanged if packed else None,
        "sources": [
            {"name": item.pin.name, "way": item.way, "origin": item.origin, "commit": item.pin.commit or None}
            for item in built.fetched
        ],
        "lock_changed": built.lock_changed,
        "sandbox": built.sandbox or None,
    }
