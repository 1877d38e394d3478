"""Sources ``package``: the files of an installed package, the newest version that will do.

An installed package is a folder ``$GUILD_HOME/packages/NAME-VERSION`` with a manifest, ``.GuildPkg``, which says what
its files are and hash to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.archive.manifest_reader import parse_manifest
from guildpkg.core.names import canonical_version
from guildpkg.core.recipe.needs import package_needs
from guildpkg.errors import DependencyError
from guildpkg.resources.request import Ask, File, Found
from guildpkg.resources.walk import files_below

if TYPE_CHECKING:
    from guildpkg.core.recipe.model import PackageNeed

MANIFEST = ".GuildPkg"


def find(ask: Ask) -> Found:
    """See `table.find`."""
    folder = newest(ask.world.home, ask.source.value)
    if folder is None:
        name = need_of(ask.source.value).name
        raise DependencyError(f"the package {ask.source.value} is not installed", hint=f"guild install {name}")
    return Found(_files(folder, ask), folder.name, "sealed")


def need_of(text: str) -> PackageNeed:
    """Read ``digits`` or ``digits >= 1``.

    Raises:
        DependencyError: It names no package.
    """
    needs, problems = package_needs(text)
    if len(needs) != 1 or problems:
        said, hint = problems[0] if problems else (f"{text!r} names no package", "write NAME or NAME >= VERSION")
        raise DependencyError(said, hint=hint)
    return needs[0]


def newest(home: Path, text: str) -> Path | None:
    """Find the installed package with the greatest version that will do; None when there is none.

    Args:
        home: ``$GUILD_HOME``.
        text: Name and range.
    """
    from packaging.version import Version

    need, packages = need_of(text), home / "packages"
    found = []
    for entry in packages.iterdir() if packages.is_dir() else ():
        name, _, version = entry.name.rpartition("-")
        if name == need.name and canonical_version(version) is not None:
            found.append((Version(version), entry))
    fitting = [item for item in found if need.range.contains(item[0], prereleases=True)]
    return max(fitting)[1] if fitting else None


def _files(folder: Path, ask: Ask) -> tuple[File, ...]:
    """List the files of a package with their hashes; without a manifest, as they are found."""
    tree = folder.resolve()  # what is laid may lead there: it stays for as long as any generation has the package
    manifest = tree / MANIFEST
    if not manifest.is_file():
        return files_below(tree, ask.world.limits, ask.world.report)
    entries = parse_manifest(manifest.read_bytes(), name=folder.name).files
    known = {entry.path.decode("utf-8", "surrogateescape"): entry.sha256 for entry in entries if entry.kind == "file"}
    if any(entry.kind == "link" for entry in entries):
        listed = files_below(tree, ask.world.limits, ask.world.report)
        return tuple(File(f.path, f.origin, known.get(f.path, f.sha256)) for f in listed if f.path != MANIFEST)
    return tuple(File(path, tree / path, digest) for path, digest in known.items())
