"""What an index says of packages, as values and as their one text.

A *shard* tells all versions of one name; it is immutable, so a version more makes a new shard. A *summary* has one
line per name, for searching. Both are targets of the signed metadata; what a shard tells of an archive (size and
SHA-256) is what the archive has to be. `core/packages/catalog_reader.py` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from guildpkg.core.digests import Sha256
from guildpkg.lean import dataclass

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class File:
    """A file of the index that is bound by its content.

    Attributes:
        name: File name, without folders.
        size: Bytes.
        sha256: SHA-256 of its content.
    """

    name: str
    size: int
    sha256: Sha256

    @property
    def path(self) -> str:
        """Where it lies in the index: by its content, so that two files never want the same place."""
        return f"packages/{self.sha256}/{self.name}"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a package on an index.

    Attributes:
        name: Package name.
        version: Canonical version.
        archive: The archive.
        manifest: Its manifest (``.GuildPkg``), as a file of its own.
        statement: Its build statement; None when it was published without one.
        description: One sentence, or empty.
        license: SPDX expression, or empty.
        packages: Packages that it needs, as ``[requires] packages`` writes them.
        python: Python distributions that it needs, as ``[requires] python`` writes them.
        files: Files and links in it.
        installed_size: Bytes of its files.
        uploaded: When it was published, nanoseconds since the epoch.
        yanked: Why nobody should install it any more; None when there is no reason not to.
    """

    name: str
    version: str
    archive: File
    manifest: File
    statement: File | None = None
    description: str = ""
    license: str = ""
    packages: str = ""
    python: str = ""
    files: int = 0
    installed_size: int = 0
    uploaded: int = 0
    yanked: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        found: dict[str, Any] = {
            "version": self.version,
            "archive": _file(self.archive),
            "manifest": _file(self.manifest),
            "description": self.description,
            "license": self.license,
            "packages": self.packages,
            "python": self.python,
            "files": self.files,
            "installed_size": self.installed_size,
            "uploaded": self.uploaded,
        }
        if self.statement is not None:
            found["statement"] = _file(self.statement)
        if self.yanked is not None:
            found["yanked"] = self.yanked
        return found


@dataclass(frozen=True, slots=True)
class Shard:
    """All versions of one package, the oldest first."""

    name: str
    releases: tuple[Release, ...] = ()

    def find(self, version: str) -> Release | None:
        """Give the release of a version."""
        return next((release for release in self.releases if release.version == version), None)

    def having(self, release: Release) -> Shard:
        """Put a release in, in the place of the one that has its version."""
        from packaging.version import Version  # which a search, that needs lines only, does without

        others = [known for known in self.releases if known.version != release.version]
        return Shard(self.name, tuple(sorted([*others, release], key=lambda item: Version(item.version))))

    @property
    def newest(self) -> Release | None:
        """The version that somebody who names none should get.

        The newest that is neither yanked nor a pre-release; without such a one a pre-release, then a yanked one.
        """
        from packaging.version import Version

        order = sorted(
            self.releases,
            key=lambda item: (item.yanked is None, not Version(item.version).is_prerelease, Version(item.version)),
        )
        return order[-1] if order else None

    @property
    def line(self) -> Line:
        """What the summary tells of it."""
        newest = self.newest
        if newest is None:
            return Line(self.name, "", "", 0)
        return Line(self.name, newest.version, newest.description, len(self.releases), newest.yanked is not None)


@dataclass(frozen=True, slots=True)
class Line:
    """What a search sees of a package.

    Attributes:
        name: Package name.
        version: The version that somebody who names none gets.
        description: What that version says of itself.
        versions: How many versions there are.
        yanked: True when all of them are yanked.
    """

    name: str
    version: str
    description: str
    versions: int
    yanked: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The lines of one hash bin, in the order of the names."""

    lines: tuple[Line, ...] = ()

    def having(self, line: Line) -> Summary:
        """Put a line in, in the place of the one that has its name; one without versions goes."""
        others = [known for known in self.lines if known.name != line.name]
        return Summary(tuple(sorted([*others, *([line] if line.versions else [])], key=lambda item: item.name)))


def format_shard(shard: Shard) -> bytes:
    """Write a shard; equal shards give equal bytes."""
    return _text({"schema": SCHEMA, "name": shard.name, "releases": [item.as_json() for item in shard.releases]})


def format_summary(summary: Summary) -> bytes:
    """Write a summary, not compressed; equal summaries give equal bytes."""
    rows = [[line.name, line.version, line.description, line.versions, line.yanked] for line in summary.lines]
    return _text({"schema": SCHEMA, "packages": rows})


def names_of(lines: Iterable[Line]) -> tuple[str, ...]:
    """Give the names that are listed."""
    return tuple(line.name for line in lines)


def _file(file: File) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _text(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"
