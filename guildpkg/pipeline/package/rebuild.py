"""`guild rebuild` and `guild unpack-recipe`: an archive -> its recipe, and whether that still gives the archive.

Recipe, lock and patches come out of the manifest, sources by the ids in the lock. No key and no privilege is needed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.archive.compare import Difference, compare_archives
from guildpkg.archive.read import open_archive
from guildpkg.archive.recipe import lay_recipe
from guildpkg.archive.verify import verify_archive
from guildpkg.core.digests import Sha256
from guildpkg.core.events import Step, Warn
from guildpkg.errors import GuildError, IntegrityError, NetworkError, OfflineError, SourceError
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.foreign import Foreign, foreign
from guildpkg.pipeline.package.make import package
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.setting import Setting
from guildpkg.sources.archive import file_name
from guildpkg.stores.downloads import Downloads, scratch_folder
from guildpkg.system.disk import hash_file, room_for
from guildpkg.system.http.download import Wanted
from guildpkg.version import VERSION


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to.

    Attributes:
        name: Package name.
        version: Its version.
        sha256: SHA-256 of the archive that was given.
        rebuilt: SHA-256 of the archive that was built; empty when none could be.
        differences: What differs; nothing when they are the same.
        guildpkg: The version of guildpkg that built the archive that was given.
    """

    name: str
    version: str
    sha256: Sha256
    rebuilt: str
    differences: tuple[Difference, ...]
    guildpkg: str

    @property
    def same(self) -> bool:
        """True when the two archives are the same, byte for byte."""
        return self.sha256 == self.rebuilt

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "name": self.name,
            "version": self.version,
            "same": self.same,
            "sha256": self.sha256,
            "rebuilt": self.rebuilt or None,
            "guildpkg": self.guildpkg,
            "differences": [item.to_json() for item in self.differences],
        }


def rebuild(
    named: str,
    path: Path,
    options: Options,
    setting: Setting,
    *,
    keep: Path | None = None,
    approve: Callable[[Foreign], None],
) -> Rebuilt:
    """Build an archive again from its own manifest, and compare.

    Args:
        named: The archive as the user named it: a path or a URL.
        path: The same as a path.
        options: How sources are fetched and hooks are run.
        setting: The outside world.
        keep: Where to copy the archive that was built; None to throw it away.
        approve: Asked before anything of an archive is run that comes from a URL; what it raises ends the rebuild.

    Raises:
        GuildError: The archive cannot be had or read, or the build is refused or fails.
    """
    with building_place(setting) as scratch:
        archive = _fetched(named, path, options, setting, scratch)
        with open_archive(archive, workers=1) as package_:
            manifest = package_.manifest
        if manifest.build.guildpkg != VERSION:
            text = f"{archive.name} was built by guildpkg {manifest.build.guildpkg}, and this is {VERSION}"
            setting.report(Warn(text))
        given = Rebuilt(manifest.name, manifest.version, hash_file(archive), "", (), manifest.build.guildpkg)
        folder = scratch / "recipe"
        lay_recipe(manifest, archive.name, folder)
        if "://" in named:
            approve(foreign(folder, options.hooks))
        setting.report(Step(f"Building {manifest.name} {manifest.version} again"))
        found = list(_unlike_manifest(archive))
        try:
            built = build_in(folder, options, setting)
        except (NetworkError, OfflineError):
            raise
        except (SourceError, IntegrityError) as error:
            moved = Difference("source", manifest.name, "gone", cause="source moved", detail=(str(error),))
            return replace(given, differences=(*found, moved))
        found += compare_archives(archive, built, paths=[os.fsencode(folder)])
        if keep is not None:
            with room_for(keep):
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(built, keep / built.name)
        return replace(given, rebuilt=hash_file(built), differences=_once(found))


@contextmanager
def building_place(setting: Setting) -> Iterator[Path]:
    """Give a folder of the cache to build in, which ends with the block."""
    with scratch_folder(setting.home) as scratch:
        yield scratch.resolve()


def build_in(folder: Path, options: Options, setting: Setting) -> Path:
    """Build the recipe in a folder from what its lock says, and give the archive."""
    wish = replace(options.wish, locked=(folder / "GuildPkg.lock").is_file())
    built = package(folder, "", replace(options, wish=wish, force=True), setting)
    if built.archive is None:
        raise AssertionError("it was built to its end")
    return built.archive


def _fetched(named: str, path: Path, options: Options, setting: Setting, scratch: Path) -> Path:
    if "://" not in named:
        if not path.is_file():
            raise GuildError(f"there is no file {named}", hint="name an archive, NAME-VERSION.pkg.tar.xz, or its URL")
        return path
    found = Downloads(setting.home, options.wish.offline, report=setting.report).get(Wanted(named))
    called = scratch / file_name(named)  # a file of the cache has a name that tells nobody anything
    called.symlink_to(found.path)
    return called


def _unlike_manifest(archive: Path) -> Iterator[Difference]:
    """Say in which ways an archive is not what its own manifest says: order, modes, times, content."""
    try:
        verify_archive(archive)
    except IntegrityError as error:
        for line in str(error).splitlines()[1:]:
            yield Difference("archive", archive.name, "member", cause=f"not as its own manifest says: {line.strip()}")


def _once(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """Leave out the remark about members when it has been told in detail."""
    told = any(item.what == "member" and item.cause.startswith("not as") for item in found)
    return tuple(item for item in found if not (told and item.what == "member" and item.name == "the archive"))
