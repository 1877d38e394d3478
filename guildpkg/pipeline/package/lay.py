"""Recipe and lock -> ``src/``, laid out, patched and recorded: the half of a build that runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from guildpkg.core.digests import sha256
from guildpkg.core.events import Detail
from guildpkg.core.git.refs import HEADS, TAGS
from guildpkg.core.recipe.lock import Lock, format_lock
from guildpkg.core.sources import Pin
from guildpkg.core.words import count
from guildpkg.errors import GuildError, LockDrift, PatchError, UnsavedEdits
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import (
    Wish,
    check_patches,
    fetch_sources,
    lay_sources,
    lock_of,
    refuse_drift,
    staging,
)
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import laid_from, mark_running, unsaved_edits
from guildpkg.recipe.folder import LOCK, RecipeFolder, patch_bytes, write_lock
from guildpkg.recipe.state import REFRESH
from guildpkg.sources.request import Fetched
from guildpkg.system.disk import remove, room_for
from guildpkg.system.trees import settle


@dataclass(frozen=True, slots=True)
class Laid:
    """A ``src/`` that is ready.

    Attributes:
        fetched: The sources, and how they came.
        lock: What they are, and the patches.
        lock_changed: True when ``GuildPkg.lock`` was written.
    """

    fetched: tuple[Fetched, ...]
    lock: Lock
    lock_changed: bool


def lay_out(
    folder: RecipeFolder,
    options: Options,
    setting: Setting,
    *,
    approve: Callable[[tuple[Fetched, ...], Lock], None] | None = None,
) -> Laid:
    """Fetch, lay and patch; the old ``src/`` goes when the new one is complete.

    Args:
        folder: The recipe, held by this process.
        options: What is asked.
        setting: The outside world.
        approve: Called once the new tree is known and before the old one goes; it may refuse.

    Raises:
        UnsavedEdits: There are edits in ``src/`` that would be lost.
        GuildError: Any other refusal; ``src/`` and the lock are as they were.
    """
    if not options.clean:
        refuse_unsaved(folder)
    patches = patch_bytes(folder)
    check_patches(folder, patches, options.wish)
    fetched = fetch_sources(folder, options.wish, setting)
    with staging(folder) as scratch:
        laid = scratch / "src"
        with room_for(laid):
            laid.mkdir()
        pins = lay_sources(folder, fetched, laid, options.wish, setting)
        if patches:
            from guildpkg.patches.apply import apply_patches

            try:
                apply_patches(laid, patches, git_env=setting.env, report=setting.report)
            except PatchError as error:
                raise PatchError(str(error), hint=_moved_on(folder, pins, patches) or error.hint) from error
        lock = lock_of(pins, patches)
        if approve is not None:
            approve(fetched, lock)
        settle(laid, lock.epoch)
        if not options.clean:
            refuse_unsaved(folder)  # once more: fetching may have taken long
        mark_running(folder.logs, laid=identity(lock))  # from here on what changes in src/ is our doing
        remove(folder.src)
        laid.rename(folder.src)
        (folder.logs / REFRESH).unlink(missing_ok=True)
    lock_changed = not options.wish.locked and write_lock(folder, lock)
    if lock_changed:
        setting.report(Detail(f"wrote {LOCK}"))
    return Laid(fetched, lock, lock_changed)


def _moved_on(folder: RecipeFolder, pins: Sequence[Pin], patches: Mapping[str, bytes]) -> str:
    """Say what to do when patches fitted what the lock says, and the recipe now names something else; else nothing."""
    if folder.lock is None or lock_of((), patches).patches != folder.lock.patches:
        return ""
    olds = {pin.name: pin for pin in folder.lock.pins if pin.kind in ("git", "pypi")}
    moved = [(olds[pin.name], pin) for pin in pins if pin.name in olds and pin.digest != olds[pin.name].digest]
    if not moved:
        return ""
    old, new = moved[0]
    ref = new.source.partition("==")[2] or (
        new.commit if new.ref == "commit" else new.ref.removeprefix(TAGS).removeprefix(HEADS)
    )
    return (
        f"the patches fit {LOCK}, and {old.name} moved since: put {old.source} back into GuildPkg and run "
        f"`guild patch refresh --onto {ref}`"
    )


def identity(lock: Lock) -> str:
    """Name what a ``src/`` was laid from: the SHA-256 of its lock."""
    return sha256(format_lock(lock).encode())


SAVE = "`guild patch save` keeps them, `guild package -e` builds with them, `guild package -c` throws them away"


def refuse_unsaved(folder: RecipeFolder, *, hint: str = SAVE) -> None:
    """Stop before edits in ``src/`` would be overwritten, or what was settled of a refresh forgotten.

    Raises:
        UnsavedEdits: There are some.
    """
    _refuse_waiting(folder)
    edits = unsaved_edits(folder.src, folder.logs)
    if edits:
        message = f"src/ has {count(len(edits), 'unsaved edit')}: {listed(edits)}"
        raise UnsavedEdits(message, hint=hint)


def _refuse_waiting(folder: RecipeFolder) -> None:
    """Stop while a refresh waits: it may hold what a person settled, also where ``src/`` has no edits left."""
    if (folder.logs / REFRESH).is_file():
        hint = "`guild patch save` goes on with it, `guild package -c` forgets it"
        raise UnsavedEdits("a refresh of the patches waits", hint=hint)


STALE = "save your edits, if there are any, and let `guild package -c` lay src/ out anew"


def refuse_stale(folder: RecipeFolder, *, hint: str = STALE) -> Lock:
    """Stop before a ``src/`` is built that is not what recipe, patches and lock stand for.

    A manifest tells what recipe and lock say; it would lie of a tree that was laid from others.

    Args:
        folder: The recipe.
        hint: What to do about it.

    Returns:
        The lock that ``src/`` was laid from.

    Raises:
        GuildError: There is no ``src/``, or no lock for it, or a refresh waits.
        LockDrift: One of them changed since ``src/`` was laid.
    """
    _refuse_waiting(folder)
    if not folder.src.is_dir():
        raise GuildError("there is no src/ to build from", hint="`guild package` lays it out first")
    if folder.lock is None and folder.recipe.sources:
        raise GuildError(f"there is no {LOCK} for what lies in src/", hint="`guild package -o` lays src/ out anew")
    lock = folder.lock or Lock()
    patches = patch_bytes(folder)
    if folder.lock is not None:
        refuse_drift(folder, hint=hint)
        check_patches(folder, patches, Wish(locked=True), hint=hint)
    known = laid_from(folder.logs)
    if known is not None and known != identity(lock_of(lock.pins, patches)):
        raise LockDrift(f"src/ was laid out from something else than {LOCK} says now", hint=hint)
    return lock


def refuse_changed_files(folder: RecipeFolder, lock: Lock, setting: Setting) -> None:
    """Stop before a ``src/`` is built that was laid from other files of the recipe than lie beside it.

    They are laid out once more, in ``logs/``, and compared: of all sources only they change under our hands.

    Raises:
        LockDrift: Some of them changed since ``src/`` was laid.
    """
    own = tuple(source for source in folder.recipe.sources if source.kind == "file")
    if not own:
        return
    local = replace(folder, recipe=replace(folder.recipe, sources=own))
    with staging(folder) as scratch:
        fetched = fetch_sources(local, Wish(offline=True), setting)
        pins = lay_sources(local, fetched, scratch / "own", Wish(), setting)
    changed = [pin.source for pin in pins if pin.digest != _digest_of(lock, pin.name)]
    if changed:
        raise LockDrift(f"{listed(changed)} changed since src/ was laid out", hint=STALE)


def _digest_of(lock: Lock, name: str) -> str:
    return next((pin.digest for pin in lock.pins if pin.name == name), "")


def listed(paths: Sequence[str], most: int = 5) -> str:
    """Name the first few of many paths."""
    return ", ".join(paths[:most]) + (f" and {len(paths) - most:,} more" if len(paths) > most else "")
