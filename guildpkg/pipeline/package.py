"""`guild package`: recipe folder -> archive and build statement.

Fetch, lay, patch, run the hooks, pack. The folder is locked meanwhile; whatever a kill leaves lies in ``src/``,
``pkg/`` and ``logs/``, and the next build starts from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from guildpkg.core.events import Detail, Warn
from guildpkg.core.lock import Lock
from guildpkg.core.words import count
from guildpkg.errors import GuildError, LockDrift, UnsavedEdits
from guildpkg.patches.apply import apply_patches
from guildpkg.pipeline import pack
from guildpkg.pipeline.fetch import (
    Wish,
    check_patches,
    fetch_sources,
    in_turn,
    lay_sources,
    lock_of,
    refuse_drift,
    staging,
)
from guildpkg.pipeline.hooks import Hooks, HookWish, Ran
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import beating, mark_running, record, unsaved_edits
from guildpkg.recipe.folder import LOCK, RecipeFolder, own_files, patch_bytes, refuse_places, write_lock
from guildpkg.sources.request import Fetched
from guildpkg.system.disk import remove, room_for, settle


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a build.

    Attributes:
        wish: How sources are fetched.
        hooks: How hooks are run.
        download_only: Stop when ``src/`` is laid and patched (``-o``).
        no_extract: Use ``src/`` as it stands: fetch, lay and patch nothing, run no ``prepare`` (``-e``).
        clean: Throw away what is in ``src/`` and ``pkg/``, edits too, once the new ones are there (``-c``).
        force: Replace an archive that was built from something else (``-f``).
        jobs: Workers for the compression.
    """

    wish: Wish = field(default_factory=Wish)
    hooks: HookWish = field(default_factory=HookWish)
    download_only: bool = False
    no_extract: bool = False
    clean: bool = False
    force: bool = False
    jobs: int = 1


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
    packed: pack.Packed | None
    fetched: tuple[Fetched, ...]
    lock_changed: bool
    sandbox: str = ""


def package(path: Path, shown: str, options: Options, setting: Setting) -> Built:
    """Build the archive of one recipe.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        options: What is asked.
        setting: The outside world.

    Returns:
        What was built.

    Raises:
        GuildError: Any refusal; the old archive and lock are as they were.
    """
    started = setting.now()
    with in_turn(path, shown, setting) as folder:
        if options.clean:
            for place in (folder.src, folder.pkg, folder.logs):
                if place.is_symlink() or place.is_file():
                    place.unlink()
        refuse_places(folder)
        if options.no_extract:
            return _again(folder, options, setting, started)
        return _anew(folder, options, setting, started)


def _anew(folder: RecipeFolder, options: Options, setting: Setting, started: float) -> Built:
    """Build from the sources."""
    if not options.clean:
        refuse_unsaved(folder)
    patches = patch_bytes(folder)
    check_patches(folder, patches, options.wish)
    hooks = Hooks.of(folder, options.hooks, setting)
    fetched = fetch_sources(folder, options.wish, setting)
    with staging(folder) as scratch:
        laid = scratch / "src"
        with room_for(laid):
            laid.mkdir()
        pins = lay_sources(folder, fetched, laid, options.wish, setting)
        apply_patches(laid, patches, git_env=setting.env, report=setting.report)
        lock = lock_of(pins, patches)
        job = _job(hooks, lock, fetched, options, started)
        pack.refuse_other(job)
        settle(laid, lock.epoch)
        if not options.clean:
            refuse_unsaved(folder)  # once more: fetching may have taken long
        _put_in_place(folder, laid)
    lock_changed = not options.wish.locked and write_lock(folder, lock)
    if lock_changed:
        setting.report(Detail(f"wrote {LOCK}"))
    if options.download_only:
        record(folder.src, folder.logs)
        version = folder.recipe.version
        return Built(folder.recipe.name, version, None, None, fetched, lock_changed)
    return replace(_run_and_pack(job, hooks, setting, edited=()), lock_changed=lock_changed)


def _again(folder: RecipeFolder, options: Options, setting: Setting, started: float) -> Built:
    """Build from ``src/`` as it stands."""
    if not folder.src.is_dir():
        raise GuildError("there is no src/ to build from", hint="`guild package` lays it out first")
    if folder.lock is None and folder.recipe.sources:
        raise GuildError(f"there is no {LOCK} for what lies in src/", hint="`guild package -o` lays src/ out anew")
    edited = unsaved_edits(folder.src, folder.logs)
    if options.wish.locked:
        refuse_drift(folder)
        check_patches(folder, patch_bytes(folder), options.wish)
        if edited:
            raise LockDrift(f"src/ is not what {LOCK} says: {listed(edited)}", hint="build without -e, or not --locked")
    if edited:
        setting.report(Warn(f"built with {count(len(edited), 'unsaved edit')} in src/: {listed(edited)}"))
    hooks = Hooks.of(folder, replace(options.hooks, prepare=False), setting)
    lock = folder.lock or Lock()
    job = _job(hooks, lock, (), options, started)
    mark_running(folder.logs, edited=edited)
    return _run_and_pack(job, hooks, setting, edited=edited)


def _job(hooks: Hooks, lock: Lock, fetched: tuple[Fetched, ...], options: Options, started: float) -> pack.Job:
    return pack.Job(
        folder=hooks.folder,
        lock=lock,
        fetched=fetched,
        files=own_files(hooks.folder, hooks.own_file),
        jobs=options.jobs,
        started=started,
        replace_other=options.force,
        network=hooks.network,
    )


def _put_in_place(folder: RecipeFolder, laid: Path) -> None:
    """Swap the new ``src/`` in; from here on what changes in it is our doing."""
    mark_running(folder.logs)
    remove(folder.src)
    laid.rename(folder.src)


def _run_and_pack(job: pack.Job, hooks: Hooks, setting: Setting, edited: Sequence[str]) -> Built:
    """Run the hooks, pack what they made, and remember ``src/`` whatever happens."""
    folder = job.folder
    remove(folder.pkg)
    for log in folder.logs.glob("*.log"):
        log.unlink()
    with room_for(folder.pkg):
        folder.pkg.mkdir()
    try:
        with beating(folder.logs):
            ran: Ran = hooks.run(job.lock.epoch)
            packed = pack.pack(replace(job, sandbox=ran.sandbox, version=ran.version), setting)
    finally:
        record(folder.src, folder.logs, edited=edited)
    return Built(
        folder.recipe.name, ran.version, packed.path, packed, job.fetched, lock_changed=False, sandbox=ran.sandbox
    )


def refuse_unsaved(folder: RecipeFolder) -> None:
    """Stop before edits in ``src/`` would be overwritten.

    Raises:
        UnsavedEdits: There are some.
    """
    edits = unsaved_edits(folder.src, folder.logs)
    if edits:
        message = f"src/ has {count(len(edits), 'unsaved edit')}: {listed(edits)}"
        raise UnsavedEdits(message, hint="`guild package -e` builds with them, `guild package -c` throws them away")


def listed(paths: Sequence[str], most: int = 5) -> str:
    """Name the first few of many paths."""
    return ", ".join(paths[:most]) + (f" and {len(paths) - most:,} more" if len(paths) > most else "")
