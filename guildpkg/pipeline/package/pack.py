"""``pkg/`` -> archive, manifest inside, build statement beside it.

The manifest holds only what follows from recipe, lock and guildpkg version; all else (mirrors, the sandbox, the
clock, this machine) is in the statement.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.archive.bundle import Files, canonical_tar
from guildpkg.archive.compress import compressor
from guildpkg.archive.read import open_archive
from guildpkg.archive.write import WrittenArchive, write_archive
from guildpkg.core import ini
from guildpkg.core.archive.manifest import Build, Manifest, format_manifest, keep, settings_of
from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import Step
from guildpkg.core.names import archive_name
from guildpkg.core.recipe.lock import Lock, format_lock
from guildpkg.core.recipe.model import HOOKS
from guildpkg.errors import ArchiveError, Exists
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import staging
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import LOCK, RecipeFolder
from guildpkg.sources.request import Fetched
from guildpkg.system.disk import hash_file, room_for, scan, sync_folder, write_atomically
from guildpkg.version import VERSION

if TYPE_CHECKING:
    from guildpkg.archive.statement import Facts


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be packed.

    Attributes:
        folder: The recipe; ``pkg/`` in it is what the archive is to hold.
        lock: What the sources were.
        fetched: The sources, and how they came; empty when ``src/`` was used as it stood.
        files: The recipe's own files as the build began with them: mode and content by path.
        jobs: Workers for the compression.
        started: When the build began, seconds since the epoch.
        replace_other: True when an archive that was built from something else may be replaced.
        network: True when hooks had the network.
        version: The version of the package, where a hook found it.
        sandbox: How hooks were confined.
        edited: Paths in ``src/`` that a person had edited.
        left_out: Hooks that are defined and were not run.
    """

    folder: RecipeFolder
    lock: Lock
    fetched: tuple[Fetched, ...]
    files: Files
    jobs: int
    started: float
    replace_other: bool
    network: bool = False
    version: str = ""
    sandbox: str = ""
    edited: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def lock_text(self) -> bytes:
        """The lock file, as it is or will be."""
        return format_lock(self.lock).encode()

    @property
    def bundle(self) -> bytes:
        """The recipe's own files, all that an archive needs to be built again from itself."""
        return canonical_tar({**self.files, LOCK.encode(): (0o644, self.lock_text)})

    @property
    def archive(self) -> Path:
        """The archive, in the recipe's folder."""
        recipe = self.folder.recipe
        return self.folder.path / archive_name(recipe.name, self.version or recipe.version, recipe.compression)


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive that was written.

    Attributes:
        path: The archive.
        statement: The build statement beside it.
        sha256: SHA-256 of the archive.
        size: Bytes of the archive.
        files: Files and links in it, the manifest left out.
        unchanged: True when an archive with the same bytes was there before.
    """

    path: Path
    statement: Path
    sha256: str
    size: int
    files: int
    unchanged: bool


def statement_name(archive: str) -> str:
    """Name the build statement of an archive."""
    return archive[: archive.index(".pkg.tar.")] + ".build.json"


def refuse_other(job: Job) -> None:
    """Stop before an archive would be replaced that was built from something else.

    Raises:
        Exists: There is one, and replacing it was not asked for.
    """
    if job.replace_other or not job.archive.exists():
        return
    try:
        with open_archive(job.archive) as there:
            manifest = there.manifest
            same = (manifest.bundle, manifest.build.guildpkg) == (job.bundle, VERSION)
    except ArchiveError:
        same = False
    if not same:
        message = f"{job.archive.name} is there already and was built from something else"
        raise Exists(message, hint="raise the version in GuildPkg, or replace it with -f")


def pack(job: Job, setting: Setting) -> Packed:
    """Pack ``pkg/``.

    The statement is written first: the archive under its name means that all is done.

    Raises:
        Exists: The hooks made something else of the same recipe.
        ArchiveError: ``pkg/`` holds what no archive may.
        DiskFull: There is no room.
    """
    # in-toto's library takes longer to import than all of guild: only a build that packs pays for it
    from guildpkg.archive.statement import build_statement

    target = job.archive
    statement = target.with_name(statement_name(target.name))
    setting.report(Step(f"Creating {target.name}"))
    manifest = _manifest(job)
    with staging(job.folder) as scratch:
        text = format_manifest(manifest)
        written = _write(job, text, scratch / target.name, setting)
        there = hash_file(target) if target.is_file() else ""
        if there not in ("", written.sha256) and not job.replace_other:
            message = f"{target.name} is there already, and this build gave other bytes"
            raise Exists(message, hint="compare the two, then raise the version or replace it with -f")
        staged = scratch / statement.name
        write_atomically(staged, build_statement(_facts(job, manifest, written, setting)))
        with room_for(target):
            staged.replace(statement)
            written.path.replace(target)
            sync_folder(job.folder.path)
    files = sum(entry.kind != "dir" for entry in manifest.files)
    return Packed(target, statement, written.sha256, written.size, files, unchanged=there == written.sha256)


def _write(job: Job, text: bytes, place: Path, setting: Setting) -> WrittenArchive:
    try:
        return write_archive(job.folder.pkg, text, place, workers=job.jobs, report=setting.report)
    except ArchiveError as error:
        said = str(error).removeprefix(f"{place.name}: ").removeprefix(".GuildPkg: ")
        hint = error.hint or "see to what the hooks leave in pkg/"
        raise ArchiveError(f"pkg/ cannot be packed: {said}", hint=hint) from error


def _manifest(job: Job) -> Manifest:
    recipe = job.folder.recipe
    sections = ini.parse(job.folder.text.decode(), recipe.file).sections
    build = Build(
        guildpkg=VERSION,
        epoch=job.lock.epoch,
        recipe=sha256(job.folder.text),
        lock=sha256(job.lock_text),
        compression=recipe.compression,
        settings=settings_of(sections),
    )
    kept = keep(sections, version=job.version or recipe.version)
    return Manifest(kept, build, job.lock.pins, scan(job.folder.pkg), job.bundle)


def _facts(job: Job, manifest: Manifest, written: WrittenArchive, setting: Setting) -> Facts:
    from guildpkg.archive.statement import Facts, Material

    came = {item.pin.name: item for item in job.fetched}
    materials = tuple(
        Material(pin, came[pin.name].way, _origin(came[pin.name]))
        if pin.name in came
        else Material(pin, "as it lay", "")
        for pin in job.lock.pins
    )
    return Facts(
        archive=written.path.name,
        sha256=written.sha256,
        tar_sha256=written.tar_sha256,
        name=manifest.name,
        version=manifest.version,
        epoch=manifest.build.epoch,
        recipe=manifest.build.recipe,
        lock=manifest.build.lock,
        guildpkg=VERSION,
        materials=materials,
        started=int(job.started * 1e9),
        finished=int(setting.now() * 1e9),
        compressor=compressor(manifest.build.compression),
        sandbox=job.sandbox,
        host=f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}",
        network=job.network,
        mirrors={name: item.origin for name, item in came.items() if _origin(item) not in ("", item.pin.source)},
        logs=_logs(job.folder.logs),
        edited=job.edited,
        left_out=job.left_out,
    )


def _origin(item: Fetched) -> str:
    """Give the place a source came from in this build; one that was in the cache came from nowhere."""
    return "" if item.way == "cache" else item.origin


def _logs(folder: Path) -> dict[str, Sha256]:
    files = [folder / f"{hook}.log" for hook in HOOKS]
    return {file.name: hash_file(file) for file in files if file.is_file()}
