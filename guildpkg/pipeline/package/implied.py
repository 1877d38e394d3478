"""A package without a recipe: what it is to hold -> the recipe that says so, built as any other.

The recipe's folder lives as long as the build. The archive carries the recipe, so that whoever has it can unpack,
change and build it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Final

from guildpkg.core.names import archive_name, canonical_version, check_name
from guildpkg.core.project.model import NOWHERE
from guildpkg.core.words import in_bytes
from guildpkg.errors import Exists, Fault, GuildError, ProjectError, RecipeError, UsageFault, Where
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.built import Built
from guildpkg.pipeline.package.make import package
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import RECIPE, open_folder
from guildpkg.stores.downloads import scratch_folder
from guildpkg.system.clone import clone_file
from guildpkg.system.disk import inside, replacing, room_for, write_atomically

FILES: Final = "files"
COMPRESSION: Final = "xz"
_PACKAGER: Final = f"""\
# What lies below {FILES}/ is what the package holds.
package() {{
    cp -R -P -p "$srcdir/{FILES}/." "$pkgdir/"
}}
"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder (with ``/`` at its end) that is not packaged, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Implied:
    """A package that no recipe describes.

    Attributes:
        name: Its name.
        version: Its version.
        about: Further attributes of ``[package]``; empty ones are not written.
        python: Python distributions that it needs.
        references: Named links.
        files: Path in the package to the file that is packaged.
        texts: Path in the package to the content of a file that guild writes.
        left_out: What lies beside the files and is not packaged.
        carry: Whether the archive carries the files a second time, so that it can be built again from itself.
        where: The place in a file of the user that says all this.
    """

    name: str
    version: str
    about: Mapping[str, str] = field(default_factory=dict)
    python: Sequence[str] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    left_out: Sequence[LeftOut] = ()
    carry: bool = True
    where: Where = NOWHERE

    @property
    def archive(self) -> str:
        """The name of its archive."""
        return archive_name(self.name, self.version, COMPRESSION)


def checked(name: str, version: str) -> tuple[str, str]:
    """Check a name and a version that somebody typed; the version is made canonical.

    Raises:
        UsageFault: One of them is none.
    """
    if problem := check_name(name):
        raise UsageFault(problem)
    canonical = canonical_version(version)
    if canonical is None:
        raise UsageFault(f"{version!r} is not a version", hint="versions follow PEP 440: 1, 1.2, 20170301, 1.2rc1")
    return name, canonical


def plan_implied(implied: Implied, out: Path) -> dict[str, Any]:
    """Say what would be packaged, as plain values.

    Args:
        implied: The package.
        out: The folder for the archive.
    """
    rows: list[dict[str, Any]] = [{"path": p, "size": place.stat().st_size} for p, place in implied.files.items()]
    rows += [{"path": path, "size": len(data)} for path, data in implied.texts.items()]
    return {
        "name": implied.name,
        "version": implied.version,
        "archive": str(out / implied.archive),
        "exists": (out / implied.archive).exists(),
        "files": sorted(rows, key=lambda row: str(row["path"])),
        "left_out": [{"path": item.path, "why": item.why} for item in implied.left_out],
    }


def lines(result: Mapping[str, Any]) -> list[str]:
    """Write a plan for people."""
    found = [f"take {row['path']} ({in_bytes(row['size'])})" for row in result["files"]]
    found += [f"leave out {row['path']}: {row['why']}" for row in result["left_out"]]
    return [*found, f"write {Path(result['archive']).name}" + (" (there is one already)" if result["exists"] else "")]


def build_implied(implied: Implied, out: Path, options: Options, setting: Setting) -> Built:
    """Build the archive of a package without a recipe.

    Args:
        implied: The package.
        out: The folder for the archive and its statement.
        options: What is asked of the build.
        setting: The outside world.

    Raises:
        GuildError: As for `make.package`; nothing in *out* changed.
    """
    if not os.access(out, os.W_OK | os.X_OK):
        raise GuildError(f"{out} cannot be written to", hint="the archive is written there: go to a folder of yours")
    if not implied.files:
        raise GuildError("there is nothing to package: no file is taken", hint="`guild package -n` says why")
    with scratch_folder(setting.home) as scratch:
        folder = scratch.resolve() / "recipe"
        _lay(implied, folder)
        there = out / implied.archive
        if there.is_file():  # so that the build finds it where it looks for one
            clone_file(there, folder / implied.archive)
        try:
            built = package(folder, "", replace(options, carry=implied.carry), setting)
        except Exists as error:
            raise Exists(str(error), hint="give it another --version, or replace it with -f") from error
        return _moved(built, out)


def _lay(implied: Implied, folder: Path) -> None:
    with room_for(folder):
        for path, origin in implied.files.items():
            place = inside(folder, os.fsencode(f"{FILES}/{path}"))
            place.parent.mkdir(parents=True, exist_ok=True)
            clone_file(origin, place)
            place.chmod(0o755 if origin.stat().st_mode & 0o100 else 0o644)
        for path, data in implied.texts.items():
            write_atomically(inside(folder, os.fsencode(f"{FILES}/{path}")), data)
        write_atomically(folder / "packager", _PACKAGER.encode())
        write_atomically(folder / RECIPE, _recipe(implied).encode())
    try:
        open_folder(folder, "")
    except RecipeError as error:
        raise ProjectError([Fault(implied.where, fault.message, fault.hint) for fault in error.faults]) from error


def _recipe(implied: Implied) -> str:
    about = {
        "name": implied.name,
        "version": implied.version,
        **implied.about,
        "source": FILES,
        "packager": "packager",
        "compression": COMPRESSION,
    }
    sections = {"package": about, "requires": {"python": ", ".join(implied.python)}, "references": implied.references}
    return "\n".join(_section(name, attrs) for name, attrs in sections.items() if any(attrs.values()))


def _section(name: str, attrs: Mapping[str, str]) -> str:
    # a value is one line, and a backslash at its end would take the next one in
    values = {key: " ".join(value.split()).rstrip("\\ ") for key, value in attrs.items()}
    return f"[{name}]\n" + "".join(f"  {key} = {value}\n" for key, value in values.items() if value)


def _moved(built: Built, out: Path) -> Built:
    """Put archive and statement where the user wants them, the archive last: it means that all is done."""
    assert built.packed is not None
    packed = built.packed
    places = []
    for origin in (packed.statement, packed.path):
        with replacing(out / origin.name) as target, origin.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
        places.append(out / origin.name)
    statement, archive = places
    return replace(built, archive=archive, packed=replace(packed, path=archive, statement=statement))
