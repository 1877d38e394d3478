"""Recipe and lock -> sources that are here, and back: sources laid out -> a lock.

The lock moves only where the recipe moved: a source whose pin still serves is fetched by its pin.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from guildpkg.core.digests import sha256, tree_digest
from guildpkg.core.events import Detail, Step, Warn
from guildpkg.core.recipe.lock import Lock
from guildpkg.core.sources import Pin, Source
from guildpkg.core.words import did_you_mean
from guildpkg.errors import IntegrityError, LockDrift, OfflineError, UsageFault
from guildpkg.lean import dataclass
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.change import finish
from guildpkg.recipe.folder import LOCK, RecipeFolder, open_folder
from guildpkg.sources import table
from guildpkg.sources.request import Fetched, Request
from guildpkg.system.disk import locked, remove, room_for, sweep


@dataclass(frozen=True, slots=True)
class Wish:
    """How sources are to be fetched.

    Attributes:
        locked: Refuse whatever the lock does not say.
        offline: Use the cache only.
        mirrors: Stand-in by name of the source (``--source NAME=URL``).
        update: Names of sources to resolve anew; ``*`` for all.
    """

    locked: bool = False
    offline: bool = False
    mirrors: Mapping[str, str] = field(default_factory=dict)
    update: frozenset[str] = frozenset()

    def wants_new(self, source: Source) -> bool:
        """Tell whether a source's pin is to be forgotten."""
        return source.name in self.update or "*" in self.update


def fetch_sources(
    folder: RecipeFolder, wish: Wish, setting: Setting, *, skip: Container[str] = ()
) -> tuple[Fetched, ...]:
    """Bring every source of a recipe here, verified, but those with the names in *skip*.

    Raises:
        LockDrift: The lock does not cover the recipe and must not move.
        SourceError: A source cannot be had.
        IntegrityError: A source is not what recipe or lock say.
        UsageFault: A mirror or an update is meant for no source.
    """
    _check_names(folder, wish)
    if wish.locked:
        refuse_drift(folder)
    fetched: list[Fetched] = []
    missing: dict[str, OfflineError] = {}
    for source in folder.recipe.sources:
        if source.name in skip:
            continue
        try:
            fetched.append(_fetch(folder, source, wish, setting))
        except OfflineError as error:
            missing[source.name] = error
    if missing:
        raise all_missing(missing)
    return tuple(fetched)


def all_missing(missing: Mapping[str, OfflineError]) -> OfflineError:
    """Put together what is missing, by name of the source, so that one message names all of it."""
    said = [f"{name}: {error}" for name, error in missing.items()]
    first = "the network may not be used, and the cache has not all that is needed:"
    return OfflineError("\n  ".join([first, *said]), hint="run it once without --offline")


def shared_out(wish: Wish, folders: Sequence[tuple[Path, str]]) -> list[Wish]:
    """Give each of several recipes the mirrors that are meant for it.

    Args:
        wish: What the user wrote for all of them.
        folders: The recipe folders, each with what the user called it.

    Raises:
        UsageFault: A mirror is meant for a source of none of them.
    """
    names = [{source.name for source in open_folder(path, shown).recipe.sources} for path, shown in folders]
    for name in wish.mirrors.keys() - set().union(*names):
        raise UsageFault(f"no recipe has a source {name}", hint=did_you_mean(name, sorted(set().union(*names))))
    return [replace(wish, mirrors={n: url for n, url in wish.mirrors.items() if n in own}) for own in names]


def pin_of(folder: RecipeFolder, source: Source) -> Pin | None:
    """Give the pin of a source if there is a lock and it serves."""
    return folder.lock.pin(source) if folder.lock else None


def _fetch(folder: RecipeFolder, source: Source, wish: Wish, setting: Setting) -> Fetched:
    request = Request(
        source=source,
        recipedir=folder.path,
        pin=None if wish.wants_new(source) else pin_of(folder, source),
        mirror=wish.mirrors.get(source.name, ""),
        offline=wish.offline,
    )
    fetched = table.fetch(request, setting.home, setting.report)
    if source.kind != "file":
        setting.report(Detail(f"{source.name}: {fetched.way}"))
    return fetched


def _check_names(folder: RecipeFolder, wish: Wish) -> None:
    known = [source.name for source in folder.recipe.sources]
    for name in (*wish.mirrors, *(wish.update - {"*"})):
        if name not in known:
            raise UsageFault(f"the recipe has no source {name}", hint=did_you_mean(name, known))


MOVE = "`guild lock` brings the lock up to date"


def refuse_drift(folder: RecipeFolder, *, hint: str = MOVE) -> None:
    """Compare recipe and lock as far as it can be done before anything is fetched."""
    if folder.lock is None:
        raise LockDrift(f"there is no {LOCK}", hint=hint)
    stale = [source.name for source in folder.recipe.sources if folder.lock.pin(source) is None]
    named = {source.name for source in folder.recipe.sources}
    stale += [pin.name for pin in folder.lock.pins if pin.name not in named]
    if stale:
        raise LockDrift(f"{LOCK} does not stand for the recipe any more: {', '.join(stale)}", hint=hint)


def lay_sources(
    folder: RecipeFolder, fetched: Sequence[Fetched], target: Path, wish: Wish, setting: Setting
) -> tuple[Pin, ...]:
    """Lay all sources below *target*, which is empty, and find out what they are.

    Returns:
        The pins, complete.

    Raises:
        IntegrityError: What was laid is not what the lock says.
        LockDrift: The same for a file of the recipe, with ``--locked``.
    """
    pins = []
    for source, item in zip(folder.recipe.sources, fetched, strict=True):
        if source.kind != "file":
            setting.report(Step(f"Extracting {item.pin.path or item.pin.file or source.name}"))
        place = target / source.into
        with room_for(place):
            place.mkdir(parents=True, exist_ok=True)
        entries = item.lay(place)
        size = sum(entry.size for entry in entries)
        pin = replace(item.pin, digest=tree_digest(entries), size=size, details=source.wishes)
        _compare(None if wish.wants_new(source) else pin_of(folder, source), pin, wish)
        pins.append(pin)
    return tuple(pins)


def _compare(locked: Pin | None, found: Pin, wish: Wish) -> None:
    if locked is None or locked.digest == found.digest:
        return
    if found.kind == "file":
        if wish.locked:
            raise LockDrift(f"{found.source} has changed since {LOCK} was written", hint="`guild lock` takes it in")
        return
    message = f"{found.name} is not what {LOCK} says: its files have the digest {found.digest}, not {locked.digest}"
    raise IntegrityError(message, hint="`guild lock --update` accepts what is there now")


def lock_of(pins: Sequence[Pin], patches: Mapping[str, bytes]) -> Lock:
    """Put together the lock of what was laid and what will be applied."""
    return Lock(tuple(pins), {name: sha256(data) for name, data in patches.items()})


def check_patches(folder: RecipeFolder, patches: Mapping[str, bytes], wish: Wish, *, hint: str = MOVE) -> None:
    """With ``--locked``, refuse patches that are not those of the lock.

    Raises:
        LockDrift: A patch was added, removed or changed.
    """
    if not wish.locked or folder.lock is None:
        return
    pinned = dict(folder.lock.patches or {})
    changed = [name for name, data in patches.items() if pinned.pop(name, "") != sha256(data)] + list(pinned)
    if changed:
        message = f"{', '.join(changed)} changed since {LOCK} was written"
        raise LockDrift(message, hint=hint)


@contextlib.contextmanager
def in_turn(path: Path, shown: str, setting: Setting, *, ignore_lock: bool = False) -> Iterator[RecipeFolder]:
    """Open a recipe folder and keep other builds of it out; what a killed one left beside the lock is removed.

    Raises:
        RecipeError: There is no recipe, or it or its lock is faulty.
        Busy: Another build took too long.
    """
    first = open_folder(path, shown, ignore_lock=True)
    with locked(first.path, waiting=lambda: setting.report(Warn(f"{shown or '.'} is being built, waiting"))):
        finish(first.path)
        # read now and not before: the build that was waited for may have written the lock
        folder = open_folder(path, shown, ignore_lock=ignore_lock)
        sweep(folder.path, LOCK)
        yield folder


@contextlib.contextmanager
def staging(folder: RecipeFolder) -> Iterator[Path]:
    """Give a scratch folder in ``logs/``, where what a kill leaves is in nobody's way.

    Use it while holding the folder's lock.
    """
    path = folder.logs / ".staging"
    remove(path)
    with room_for(path):
        path.mkdir(parents=True)
    try:
        yield path
    finally:
        remove(path)
