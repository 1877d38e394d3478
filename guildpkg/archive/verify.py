"""An archive beside its manifest: every member, byte and gap, with all differences told at once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from guildpkg.archive.bundle import read_canonical_tar
from guildpkg.core.archive.layout import Slot, show
from guildpkg.core.archive.manifest import Manifest, format_manifest
from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import Reporter, silent
from guildpkg.core.names import archive_name
from guildpkg.core.sources import Limits
from guildpkg.core.words import count
from guildpkg.errors import ArchiveError, IntegrityError
from guildpkg.lean import dataclass
from guildpkg.system.disk import hash_file
from guildpkg.system.unpack.package_stream import PackageStream, naming, open_package
from guildpkg.system.unpack.tarwalk import Member

MOST_SHOWN: Final = 50
"""Most differences that a message lists."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An archive that is what its manifest says.

    Attributes:
        manifest: The manifest.
        sha256: SHA-256 of the archive.
        size: Its bytes.
        members: How many members it has.
    """

    manifest: Manifest
    sha256: Sha256
    size: int
    members: int


def verify_archive(
    path: Path, *, limits: Limits | None = None, workers: int = 2, report: Reporter = silent
) -> Verified:
    """Compare an archive with its manifest.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
        IntegrityError: Order, names, modes, owners, times or content differ; the message lists in which ways.
    """
    task = f"Verifying {path.name}"
    with (
        naming(path),
        open_package(path, limits=limits, workers=workers, report=report, task=task) as package,
    ):
        comparison = _Comparison(package, [*_names(path, package.manifest), *package.begun])
        comparison.run()
        manifest = package.manifest
        if package.text != format_manifest(manifest):
            comparison.found.append("the manifest is not written the way it should be")
        try:
            files = read_canonical_tar(manifest.bundle, name=path.name)
            told = ((b"GuildPkg", manifest.build.recipe), (b"GuildPkg.lock", manifest.build.lock))
            for name, digest in told:
                if name in files and sha256(files[name][1]) != digest:
                    comparison.found.append(f"the {show(name)} inside is not the one that [build] tells of")
        except ArchiveError as error:
            comparison.found.append(str(error))
    if found := comparison.found:
        shown = found[:MOST_SHOWN]
        if len(found) > len(shown):
            shown.append(f"and {count(len(found) - len(shown), 'more difference')}")
        raise IntegrityError(
            "\n  ".join([f"{path.name} is not what its manifest says:", *shown]),
            hint="do not use it: get it again, or build it again with `guild package`",
        )
    return Verified(manifest, hash_file(path), path.stat().st_size, len(package.slots))


def _names(path: Path, manifest: Manifest) -> list[str]:
    expected = archive_name(manifest.name, manifest.version, manifest.build.compression)
    return [f"the file should be named {expected}"] if ".pkg.tar." in path.name and path.name != expected else []


class _Comparison:
    """Collects differences while the members go by."""

    def __init__(self, package: PackageStream, found: list[str]) -> None:
        self.found = found
        self._package = package
        self._missing = {slot.name: (place, slot) for place, slot in enumerate(package.slots[2:])}
        self._known = frozenset(self._missing)
        self._last = -1

    def run(self) -> None:
        for member in self._package.members():
            place, slot = self._missing.pop(member.name, (0, None))
            if slot is None:
                wrong = "is there twice" if member.name in self._known else "is not in the manifest"
                self.found.append(f"{show(member.name)} {wrong}")
            else:
                self._member(place, slot, member)
            if len(self.found) > 4 * MOST_SHOWN:
                self.found.append("the rest was not looked at")
                return
        self.found += [f"{show(name)} is missing" for name in self._missing]
        if not self.found:
            self.found += self._package.end_differences()

    def _member(self, place: int, slot: Slot, member: Member) -> None:
        if place < self._last:
            self.found.append(f"{show(slot.name)} is out of order")
        self._last = max(place, self._last)
        wrong = self._package.differences(slot, member)
        if not wrong and slot.kind == "file":
            whole = hashlib.sha256()
            for piece in self._package.content():
                whole.update(piece)
            if whole.hexdigest() != slot.sha256:
                wrong = [f"{show(slot.name)} has the SHA-256 {whole.hexdigest()}, the manifest says {slot.sha256}"]
        self.found += wrong
