"""An archive -> what is in it, for those who look rather than install: one pass, in memory that does not grow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, silent
from guildpkg.core.sources import Limits, Pin
from guildpkg.lean import dataclass
from guildpkg.system.disk import hash_file
from guildpkg.system.unpack.package_stream import PackageStream, naming, open_package


@contextlib.contextmanager
def open_archive(
    path: Path, *, limits: Limits | None = None, workers: int = 2, report: Reporter = silent, task: str = ""
) -> Iterator[PackageStream]:
    """Open an archive; its manifest is read, its members are not yet.

    ``manifest`` and ``text`` are there at once; ``members()`` walks once through the rest and ``content()`` gives the
    content of the member that came last. Nothing is compared with the manifest: `archive.verify` does that.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
    """
    with naming(path), open_package(path, limits=limits, workers=workers, report=report, task=task) as package:
        yield package


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an archive says of itself.

    Attributes:
        file: File name.
        size: Bytes of the file.
        sha256: Its SHA-256.
        manifest: The manifest.
        text: The manifest's bytes.
    """

    file: str
    size: int
    sha256: Sha256
    manifest: Manifest
    text: bytes

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values for ``--json``; bytes that are no UTF-8 become lone surrogates."""
        manifest, build = self.manifest, self.manifest.build
        return {
            "name": manifest.name,
            "version": manifest.version,
            "description": manifest.get("package", "description"),
            "license": manifest.get("package", "license"),
            "file": self.file,
            "size": self.size,
            "sha256": self.sha256,
            "files": sum(entry.kind == "file" for entry in manifest.files),
            "links": sum(entry.kind == "link" for entry in manifest.files),
            "installed_size": manifest.size,
            "guildpkg": build.guildpkg,
            "epoch": build.epoch,
            "recipe": build.recipe,
            "lock": build.lock,
            "compression": build.compression,
            "sources": [_source(pin) for pin in manifest.pins],
        }


@dataclass(frozen=True, slots=True)
class Listed:
    """A member as a listing shows it.

    Attributes:
        name: As ``tar tf`` gives it: ``./``, ``./a/b``; bytes that are no UTF-8 are lone surrogates.
        kind: ``file``, ``link`` or ``dir`` in a sound archive.
        mode: Permission bits.
        size: Bytes of content.
        target: Target of a link, or empty.
        sha256: SHA-256 that the manifest has for it; empty for all but files.
    """

    name: str
    kind: str
    mode: int
    size: int
    target: str
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values for ``--json``."""
        values = {"name": self.name, "kind": self.kind, "mode": f"{self.mode:04o}", "size": self.size}
        return values | {key: text for key, text in (("target", self.target), ("sha256", self.sha256)) if text}


def inspect_archive(path: Path) -> Inspection:
    """Read what an archive says of itself; only its beginning is decompressed, and nothing is verified.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
    """
    with open_archive(path, workers=1) as package:
        manifest, text = package.manifest, package.text
    return Inspection(path.name, path.stat().st_size, hash_file(path), manifest, text)


def list_members(path: Path) -> tuple[Listed, ...]:
    """List the members that are really there, in their order.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
    """
    with open_archive(path) as package:
        digests = {slot.name: slot.sha256 for slot in package.slots}
        first = [
            Listed(_text(slot.name), slot.kind, slot.mode, slot.size, "", slot.sha256) for slot in package.slots[:2]
        ]
        rest = [
            Listed(_text(m.name), m.kind, m.mode, m.size, _text(m.target), digests.get(m.name, ""))
            for m in package.members()
        ]
    return (*first, *rest)


def _source(pin: Pin) -> dict[str, Any]:
    keys = ("name", "source", "kind", "repository", "ref", "path", "commit", "tree", "file", "sha256", "digest", "size")
    values = {key: getattr(pin, key) for key in keys}
    return {key: value for key, value in values.items() if value != ""}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
