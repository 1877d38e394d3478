"""`guild publish` and `guild yank`: verified archives -> an index that has them.

Every archive is verified before anything is sent; the files go up first, and the index speaks of them only when all
of them are there. Whoever publishes at the same time waits, or tries again by itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guildpkg.archive.read import open_archive
from guildpkg.archive.verify import verify_archive
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.digests import sha256
from guildpkg.core.events import Step, Warn
from guildpkg.core.names import archive_name
from guildpkg.core.packages.catalog import File, Release
from guildpkg.core.words import in_bytes
from guildpkg.errors import Exists, GuildError, UsageFault
from guildpkg.index import publishing
from guildpkg.index.folder import FolderStore
from guildpkg.index.keys import KeyRing, Passphrase
from guildpkg.index.publishing import Upload
from guildpkg.index.trust import Known
from guildpkg.index.writing import Change, patiently
from guildpkg.index.writing import publish as write
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.admin import load, ring_of, the_index
from guildpkg.pipeline.index.local import LOCAL, find_local
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.package.pack import statement_name
from guildpkg.pipeline.setting import Setting

MOST_STATEMENT = 16 << 20


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one archive: it is on the index *index*, and was there before when *already*."""

    release: Release
    index: str
    already: bool

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "name": self.release.name,
            "version": self.release.version,
            "index": self.index,
            "archive": self.release.archive.name,
            "sha256": self.release.archive.sha256,
            "size": self.release.archive.size,
            "already": self.already,
        }


def publish(
    archives: Sequence[tuple[Path, str]], index: str, setting: Setting, ask: Passphrase, *, dry_run: bool = False
) -> tuple[Published, ...]:
    """Put archives onto an index, all of them or none.

    Args:
        archives: Each with what the user called it.
        index: Name of the index; empty for the one that is written to without saying.
        setting: The outside world.
        ask: Asked for passphrases of keys.
        dry_run: Verify and compare only.

    Raises:
        Exists: The index has one of the versions with other bytes, or two of the archives are one version.
        GuildError: An archive is not sound, the index cannot be written, or a key is not here.
    """
    items = [prepared(path, shown, setting) for path, shown in archives]
    _refuse_twice(items)
    if dry_run and index in ("", LOCAL) and find_local(setting) is None:
        return tuple(Published(item.release, LOCAL, already=False) for item in items)
    known, store = the_index(index, setting)
    missing = publishing.news(load(known, store), [item.release for item in items])
    if missing and not dry_run:
        for item in items:
            if item.release in missing:
                setting.report(Step(f"Publishing {item.release.archive.name} ({in_bytes(item.release.archive.size)})"))
                publishing.upload(store, item)
        patiently(lambda: _write(known, store, [item.release for item in items], ring_of(setting, ask), setting))
    return tuple(Published(item.release, known.name, already=item.release not in missing) for item in items)


def yank(package: tuple[str, str], reason: str | None, index: str, setting: Setting, ask: Passphrase) -> Release:
    """Say of a release why nobody should install it, or take that back.

    Args:
        package: Name and version.
        reason: Why; None to take it back.
        index: Name of the index; empty for the one that is written to without saying.
        setting: The outside world.
        ask: Asked for passphrases of keys.

    Raises:
        Unknown: The index has no such release.
        GuildError: The index cannot be written, or a key is not here.
    """
    known, store = the_index(index, setting, make=False)
    ring = ring_of(setting, ask)

    def once() -> int:
        with store.turn():
            state = load(known, store)
            release = publishing.yanked(state, *package, reason)
            change = Change(state, ring, setting.now())
            publishing.put(change, store, [release])
            return write(change, store)

    patiently(once)
    return plan_yank(package, reason, index, setting)


def plan_yank(package: tuple[str, str], reason: str | None, index: str, setting: Setting) -> Release:
    """Say what `yank` would make of a release; nothing is changed.

    Raises:
        Unknown: The index has no such release.
        GuildError: The index cannot be written.
    """
    return publishing.yanked(load(*the_index(index, setting, make=False)), *package, reason)


def build_first(folder: Path, setting: Setting) -> list[tuple[Path, str]]:
    """Build the recipe or the project in a folder, for whoever names no archive.

    Raises:
        GuildError: There is neither, or it cannot be built.
    """
    from guildpkg.pipeline.package.implied import build_implied
    from guildpkg.pipeline.package.make import package
    from guildpkg.pipeline.package.of_project import Globs, of_project, project_at

    options = Options(jobs=os.cpu_count() or 1)
    if named := _project(folder):
        implied = of_project(project_at(folder, "."), *named, Globs(), setting.report)
        built = build_implied(implied, folder, options, setting)
    else:
        built = package(folder, ".", options, setting)
    assert built.archive is not None
    return [(built.archive, built.archive.name)]


def plan_build(folder: Path, index: str, setting: Setting) -> dict[str, str]:
    """Say what `build_first` would build, and where it would be published; nothing is built or made.

    Raises:
        GuildError: There is neither recipe nor project, or it is not sound, or the index cannot be written.
    """
    from guildpkg.recipe.folder import open_folder

    if named := _project(folder):
        name, version = named
    else:
        recipe = open_folder(folder, ".").recipe
        name, version = recipe.name, recipe.version
    fresh = index in ("", LOCAL) and find_local(setting) is None
    known = LOCAL if fresh else the_index(index, setting, make=False)[0].name
    return {"name": name, "version": version, "index": known}


def _project(folder: Path) -> tuple[str, str] | None:
    """Give name and version of the project in a folder; None where there is a recipe.

    Raises:
        UsageFault: There is neither.
        GuildError: The project does not say what it is called as a package.
    """
    from guildpkg.pipeline.package.of_project import is_project, project_at

    if (folder / "GuildPkg").is_file():
        return None
    if not is_project(folder):
        raise UsageFault("there is nothing to publish: name an archive, or stand in the folder of a recipe or project")
    about = project_at(folder, ".").package
    if about is None:
        hint = "give it one, or make the archive first: guild package --name NAME --version VERSION"
        raise GuildError("this project has no `package` object to say its name and version", hint=hint)
    return about.name, about.version


def prepared(path: Path, shown: str, setting: Setting) -> Upload:
    """Verify an archive and make out of it what is to be published.

    Raises:
        GuildError: It is not sound, or its statement is about something else.
    """
    if not path.is_file():
        hint = "name an archive: NAME-VERSION.pkg.tar.xz; `guild package` makes one"
        raise GuildError(f"there is no archive {shown}", hint=hint)
    verified = verify_archive(path, report=setting.report)
    manifest = verified.manifest
    with open_archive(path, workers=1) as package:
        text = package.text
    name = archive_name(manifest.name, manifest.version, manifest.build.compression)
    stem = f"{manifest.name}-{manifest.version}"
    statement = _statement(path, shown, verified.sha256, setting)
    release = Release(
        name=manifest.name,
        version=manifest.version,
        archive=File(name, verified.size, verified.sha256),
        manifest=File(f"{stem}.GuildPkg", len(text), sha256(text)),
        statement=File(f"{stem}.build.json", len(statement), sha256(statement)) if statement else None,
        files=sum(entry.kind != "dir" for entry in manifest.files),
        installed_size=manifest.size,
        uploaded=int(setting.now() * 1e9),
        **_said(manifest),
    )
    return Upload(release, path, text, statement)


def _said(manifest: Manifest) -> dict[str, str]:
    return {
        "description": manifest.get("package", "description"),
        "license": manifest.get("package", "license"),
        "packages": manifest.get("requires", "packages"),
        "python": manifest.get("requires", "python"),
    }


def _statement(path: Path, shown: str, digest: str, setting: Setting) -> bytes | None:
    """Give the build statement beside an archive, when it is about that archive."""
    place = path.with_name(statement_name(path.name)) if ".pkg.tar." in path.name else path
    if place == path or not place.is_file():
        setting.report(Warn(f"{shown} has no build statement beside it: it is published without"))
        return None
    if place.stat().st_size > MOST_STATEMENT:
        raise GuildError(f"{place.name} has more than {MOST_STATEMENT >> 20} MiB")
    data = place.read_bytes()
    if digest.encode() not in data:
        setting.report(Warn(f"{place.name} is about another archive: {shown} is published without it"))
        return None
    return data


def _write(known: Known, store: FolderStore, releases: Sequence[Release], ring: KeyRing, setting: Setting) -> int:
    with store.turn():
        state = load(known, store)
        missing = publishing.news(state, releases)
        if not missing:
            return state.snapshot.signed.version
        change = Change(state, ring, setting.now())
        publishing.put(change, store, missing)
        return write(change, store)


def _refuse_twice(items: Sequence[Upload]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for item in items:
        key = item.release.name, item.release.version
        if seen.setdefault(key, item.release.archive.sha256) != item.release.archive.sha256:
            raise Exists(f"two of the archives are {key[0]} {key[1]}, with different bytes")
