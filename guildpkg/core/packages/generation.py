"""Installed packages as values: a generation says which there are, and ``.generation.json`` is how it is kept.

Every change makes a generation, numbered one higher; the one with the highest number that was ever switched to is the
current one. A rollback makes a new generation too, which has the packages of an old one and says which (`restores`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from guildpkg.core import records
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import Sha256, is_sha256
from guildpkg.core.names import MOST_VERSION, canonical_version, check_name
from guildpkg.core.recipe.needs import package_needs
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

if TYPE_CHECKING:
    from packaging.version import Version

    from guildpkg.core.recipe.model import PackageNeed

SCHEMA: Final = 1


class GenerationError(GuildError):
    """The record of a generation is not what guild writes."""


_FORM: Final = records.Form(
    "record of a generation", SCHEMA, GenerationError, "go back to a sound one: guild history, guild rollback N"
)


@dataclass(frozen=True, slots=True)
class Installed:
    """A package that is installed.

    Attributes:
        name: Its name.
        version: Its version, canonical.
        tree: SHA-256 of its manifest, which names its folder in the store: the manifest lists all that is in it.
        archive: SHA-256 of the archive that it came from.
        explicit: True when the user asked for it; false when another package needs it.
        origin: Where the archive came from, for people: ``index NAME``, a path, a URL without secrets.
        requires: The packages that it needs, as its recipe says.
        python: The Python packages that it needs, as its recipe says.
        description: What it is.
        files: How many files it has.
        size: Their bytes.
    """

    name: str
    version: str
    tree: Sha256
    archive: Sha256
    explicit: bool = True
    origin: str = ""
    requires: str = ""
    python: str = ""
    description: str = ""
    files: int = 0
    size: int = 0

    @property
    def entry(self) -> str:
        """``NAME-VERSION``: what it is called below ``packages``."""
        return f"{self.name}-{self.version}"

    @property
    def order(self) -> tuple[str, Version]:
        """What installed packages are sorted by: name, then version."""
        from packaging.version import Version

        return self.name, Version(self.version)

    @property
    def needs(self) -> tuple[PackageNeed, ...]:
        """The packages that it needs, with their ranges."""
        return package_needs(self.requires)[0]


@dataclass(frozen=True, slots=True)
class Generation:
    """What is installed after a change.

    Attributes:
        number: 1 for the first; 0 stands for nothing installed yet, and has no record.
        time: When it was made, nanoseconds since the epoch.
        action: What made it: ``install``, ``uninstall``, ``upgrade``, ``rollback``.
        change: What changed, for people: ``+digits-2 -digits-1``.
        packages: All that is installed, sorted by name and version.
        restores: Number of the generation that a rollback went back to; its own number after any other change.
    """

    number: int
    time: int = 0
    action: str = ""
    change: str = ""
    packages: tuple[Installed, ...] = ()
    restores: int = 0

    def find(self, entry: str) -> Installed | None:
        """Give the package that is called ``NAME-VERSION``."""
        return next((package for package in self.packages if package.entry == entry), None)

    def named(self, name: str) -> tuple[Installed, ...]:
        """Give all versions of a package, oldest first."""
        return tuple(package for package in self.packages if package.name == name)


def installed_of(manifest: Manifest, *, tree: Sha256, archive: Sha256, explicit: bool, origin: str) -> Installed:
    """Take from a manifest what is to be known of a package once it is installed."""
    return Installed(
        name=manifest.name,
        version=manifest.version,
        tree=tree,
        archive=archive,
        explicit=explicit,
        origin=origin,
        requires=manifest.get("requires", "packages"),
        python=manifest.get("requires", "python"),
        description=manifest.get("package", "description"),
        files=sum(entry.kind == "file" for entry in manifest.files),
        size=manifest.size,
    )


def in_order(packages: Iterable[Installed]) -> tuple[Installed, ...]:
    """Sort packages by name and version."""
    return tuple(sorted(packages, key=lambda package: package.order))


def difference(before: Iterable[Installed], after: Iterable[Installed]) -> str:
    """Say what a change did: ``+NAME-VERSION`` for what came, ``-`` for what went, ``~`` for other content."""
    old, new = ({package.entry: package for package in packages} for packages in (before, after))
    came = [f"+{entry}" for entry in new if entry not in old]
    went = [f"-{entry}" for entry in old if entry not in new]
    other = [f"~{entry}" for entry in new if entry in old and old[entry].tree != new[entry].tree]
    return " ".join([*came, *other, *went])


def write_generation(generation: Generation) -> bytes:
    """Write ``.generation.json``."""
    return records.to_json(generation, SCHEMA)


def read_generation(data: bytes, shown: str) -> Generation:
    """Read ``.generation.json``.

    Args:
        data: Its content.
        shown: The file as messages are to name it.

    Raises:
        GenerationError: It is not what guild writes.
    """
    found = records.read(data, Generation, shown, _FORM)
    if found.number < 1 or not 0 <= found.restores <= found.number:
        raise _FORM.refusal(shown, "its number is damaged")
    for package in found.packages:
        if check_name(package.name) or canonical_version(package.version[: MOST_VERSION + 1]) != package.version:
            raise _FORM.refusal(shown, f"{package.entry[:100]!r} is not NAME-VERSION")
        if not is_sha256(package.tree) or not is_sha256(package.archive):
            raise _FORM.refusal(shown, f"a digest of {package.entry} is damaged")
    if len({package.entry for package in found.packages}) != len(found.packages):
        raise _FORM.refusal(shown, "it names a package twice")
    return found


def to_plain(package: Installed) -> dict[str, Any]:
    """Give a package as plain values, for ``--json``."""
    plain: dict[str, Any] = records.plain(package)
    return plain
