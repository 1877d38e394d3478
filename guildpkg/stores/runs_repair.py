"""What a kill or a power cut left among the runs, and how it is put right.

Nothing that was recorded is lost: what cannot be read is moved aside under another name, never deleted; only what was
never finished (a run being made by a guild that is gone) and what was being purged is removed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from guildpkg.core.runs import ExitRecord, Process
from guildpkg.core.runs_output import SIZE
from guildpkg.errors import GuildError
from guildpkg.stores.runs import NEW, Runs
from guildpkg.stores.runs_folder import RESERVE, Run
from guildpkg.system.alive import living
from guildpkg.system.disk import locked, remove, sweep

_UNFINISHED = re.compile(rf"{re.escape(NEW)}[0-9a-f]+-(\d+)-(\d+)")
_MUTABLE = ("exit.json", "process.json", "notes.json", "inputs.json")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be.

    Attributes:
        path: Where.
        text: What is the matter.
        mend: Puts it right.
    """

    path: Path
    text: str
    mend: Callable[[], None]


def troubles(store: Runs) -> Iterator[Trouble]:
    """Look all runs through; nothing is changed before `Trouble.mend` is called."""
    for folder in (store.folder, store.trash_folder):
        for path in folder.glob(f"{NEW}*"):
            found = _UNFINISHED.fullmatch(path.name)
            if found and not living((Process(int(found[1]), int(found[2])),)):
                yield Trouble(path, "was never finished", lambda path=path: remove(path))  # type: ignore[misc]
    for run in [*store.all(), *store.all(trashed=True)]:
        yield from _of_run(store, run)


def _of_run(store: Runs, run: Run) -> Iterator[Trouble]:
    try:
        run.record()
    except (GuildError, OSError) as error:
        aside = store.home / "trash" / "damaged" / run.path.name
        yield Trouble(run.path, str(error), lambda: _move(run.path, aside))
        return
    damaged = [name for name in _MUTABLE if _unreadable(run, name)]
    for name in damaged:
        path = run.path / name
        yield Trouble(path, "is damaged", lambda path=path: _move(path, _free(path)))  # type: ignore[misc]
    if not damaged:
        yield from _of_end(store, run)


def _of_end(store: Runs, run: Run) -> Iterator[Trouble]:
    """Find what a run that is over has left undone."""
    if loss := run.loss(store.now()):
        yield Trouble(run.path, "ended without a record of it", lambda: _end(store, run, loss))
    if not (loss or run.ended()):
        return
    index = run.path / "output.index"
    if index.exists() and index.stat().st_size % SIZE:
        yield Trouble(index, "ends in the middle of a record", lambda: _cut(index))
    if any(run.path.glob(".*.tmp")):
        yield Trouble(run.path, "has files that were being written", lambda: _sweep(run))
    if not loss and (run.path / RESERVE).exists():
        yield Trouble(run.path, "has room set aside for its end", lambda: (run.path / RESERVE).unlink(missing_ok=True))


def _unreadable(run: Run, name: str) -> bool:
    readers: dict[str, Callable[[], object]] = {
        "exit.json": run.ended,
        "process.json": run.process,
        "notes.json": run.notes,
        "inputs.json": run.inputs,
    }
    try:
        readers[name]()
    except (GuildError, OSError):
        return True
    return False


def _end(store: Runs, run: Run, loss: str) -> None:
    with locked(run.path):
        if run.loss(store.now()):
            run.write_end(ExitRecord(loss, None, None, run.heartbeat() or run.record().created))


def _move(path: Path, aside: Path) -> None:
    aside.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.rename(_free(aside) if aside.exists() else aside)


def _free(path: Path) -> Path:
    """Give a name beside a path that nothing has yet."""
    number = 1
    while (place := path.with_name(f"{path.name}.damaged{number}")).exists():
        number += 1
    return place


def _cut(index: Path) -> None:
    with index.open("rb+") as file:
        file.truncate(index.stat().st_size // SIZE * SIZE)


def _sweep(run: Run) -> None:
    for name in (*_MUTABLE, "attrs.json", "vcs.patch", "heartbeat", "run.json"):
        sweep(run.path, name)
