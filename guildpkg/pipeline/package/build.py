"""``src/`` -> archive and build statement: run the hooks and pack what they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guildpkg.core.events import Warn
from guildpkg.core.recipe.lock import Lock
from guildpkg.core.words import count
from guildpkg.errors import LockDrift
from guildpkg.pipeline.package import pack
from guildpkg.pipeline.package.built import Built
from guildpkg.pipeline.package.fetch import check_patches, lock_of, refuse_drift
from guildpkg.pipeline.package.hooks import Hooks, Ran
from guildpkg.pipeline.package.lay import lay_out, listed, refuse_changed_files, refuse_stale
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import beating, is_prepared, mark_running, record, unsaved_edits
from guildpkg.recipe.folder import LOCK, RecipeFolder, own_files, patch_bytes
from guildpkg.system.disk import remove, room_for


def build_anew(folder: RecipeFolder, options: Options, setting: Setting, started: float) -> Built:
    """Build from the sources."""
    hooks = Hooks.of(folder, options.hooks, setting)
    job = _job(hooks, options, started)
    laid = lay_out(
        folder,
        options,
        setting,
        approve=lambda fetched, lock: pack.refuse_other(replace(job, fetched=fetched, lock=lock)),
    )
    job = replace(job, fetched=laid.fetched, lock=laid.lock)
    built = _run_and_pack(job, hooks, setting, edited=())
    return replace(built, lock_changed=laid.lock_changed)


def build_again(folder: RecipeFolder, options: Options, setting: Setting, started: float) -> Built:
    """Build from ``src/`` as it stands; ``prepare`` runs if it has not run to its end in it."""
    lock = refuse_stale(folder)
    refuse_changed_files(folder, lock, setting)
    edited = unsaved_edits(folder.src, folder.logs)
    if options.wish.locked:
        refuse_drift(folder)
        check_patches(folder, patch_bytes(folder), options.wish)
        if edited:
            raise LockDrift(f"src/ is not what {LOCK} says: {listed(edited)}", hint="build without -e, or not --locked")
    if edited:
        setting.report(Warn(f"built with {count(len(edited), 'unsaved edit')} in src/: {listed(edited)}"))
    hooks = Hooks.of(folder, replace(options.hooks, prepare=not is_prepared(folder.logs)), setting)
    job = replace(_job(hooks, options, started), lock=lock)
    mark_running(folder.logs, edited=edited)
    return _run_and_pack(job, hooks, setting, edited=edited)


def foresee(folder: RecipeFolder, options: Options, setting: Setting) -> None:
    """Find out what can be known beforehand of a refusal; nothing is written.

    Raises:
        GuildError: The build would be refused.
    """
    hooks = Hooks.of(folder, options.hooks, setting)
    hooks.foresee()
    lock = folder.lock or Lock()
    covered = all(lock.pin(source) for source in folder.recipe.sources)
    if covered and not options.wish.update:
        now = lock_of(lock.pins, patch_bytes(folder))
        pack.refuse_other(replace(_job(hooks, options, started=0.0), lock=now))


def _job(hooks: Hooks, options: Options, started: float) -> pack.Job:
    """Take the recipe's own files as they are now; what the sources are is filled in when they are here."""
    return pack.Job(
        folder=hooks.folder,
        lock=Lock(),
        fetched=(),
        files=own_files(hooks.folder, hooks.own_file, folders=options.carry),
        jobs=options.jobs,
        started=started,
        replace_other=options.force,
        network=hooks.network,
    )


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
            done = replace(job, sandbox=ran.sandbox, version=ran.version, edited=tuple(edited), left_out=ran.left_out)
            packed = pack.pack(done, setting)
    finally:
        record(folder.src, folder.logs, edited=edited)
    return Built(
        folder.recipe.name, ran.version, packed.path, packed, job.fetched, lock_changed=False, sandbox=ran.sandbox
    )
