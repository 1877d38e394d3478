"""What lies around the runs and belongs to nobody: half-made runs of the dead, torn files, caches that are wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from guildpkg.core.runs.record import Process
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import NEW, Run, new_name
from guildpkg.stores.runs_summary import read_cache, summarize
from guildpkg.system.disk import remove
from guildpkg.system.process.alive import living

_UNFINISHED: Final = re.compile(rf"{re.escape(NEW)}[0-9a-f]+-(\d+)-(\d+)(?:-([0-9a-f]+))?")
_LONG: Final = 86400 * 10**9
"""Nanoseconds after which what another machine was making is given up."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be.

    Attributes:
        path: Where.
        text: What is the matter.
        mend: Puts it right.
        grave: Whether something that was recorded cannot be read; else it is only untidy.
    """

    path: Path
    text: str
    mend: Callable[[], None]
    grave: bool = False


def leftovers(store: Runs) -> Iterator[Trouble]:
    """Look around the runs; nothing is changed before `Trouble.mend` is called."""
    here = new_name().rpartition("-")[2]
    for folder in (store.folder, store.trash_folder):
        for path in folder.glob(f"{NEW}*"):
            if _is_dead(path, here, store.now()):
                yield Trouble(path, "was never finished", _removal(path))
    for folder in (store.home / "cache", store.home / "blobs"):
        for path in folder.glob(".*.tmp"):
            if _age(path, store.now()) > _LONG:
                yield Trouble(path, "was never finished", _removal(path))
    for trashed in (False, True):
        cache = store.cache(trashed=trashed)
        if cache.exists() and _is_wrong(store, cache, trashed=trashed):
            yield Trouble(cache, "says something else than the runs", _removal(cache))


def _is_dead(path: Path, here: str, now: int) -> bool:
    found = _UNFINISHED.fullmatch(path.name)
    if found is None:
        return False
    if found[3] in (None, here):
        return not living((Process(int(found[1]), int(found[2])),))
    return _age(path, now) > _LONG


def _age(path: Path, now: int) -> int:
    with contextlib.suppress(FileNotFoundError):
        return now - path.lstat().st_mtime_ns
    return 0


def _removal(path: Path) -> Callable[[], None]:
    return lambda: remove(path)


def _is_wrong(store: Runs, cache: Path, *, trashed: bool) -> bool:
    """Tell whether a cache would be believed and is wrong."""
    folder = store.trash_folder if trashed else store.folder
    for name, row in read_cache(cache).items():
        with contextlib.suppress(GuildError, OSError):
            if (folder / name).stat().st_mtime_ns == row.stamp:
                true = summarize(Run(folder / name), row.stamp, store.now())
                if true._replace(stamp=row.stamp) != row:
                    return True
    return False
