"""What a kill or a power cut left among the runs, and how it is put right.

Nothing that was recorded is lost: what cannot be read is moved aside under another name, never deleted; only what was
never finished (a run being made by a guild that is gone) and what was being purged is removed. Every change may be
killed too: the next look finds what is left of it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from guildpkg.core.runs.output import SIZE
from guildpkg.core.runs.record import ExitRecord, RunRecord
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import RESERVE, STOP, Run
from guildpkg.stores.runs_leftovers import Trouble, leftovers
from guildpkg.system.disk import locked, sweep

_MUTABLE = ("exit.json", "process.json", "notes.json", "inputs.json", "inputs-changed.json")
_ROUNDS = 4
"""How often a run is looked at again: what is put right may show what lay behind it."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was put right, and what could not be, with the reason."""

    mended: tuple[Trouble, ...]
    left: tuple[tuple[Trouble, str], ...]


def troubles(store: Runs) -> Iterator[Trouble]:
    """Look all runs through; nothing is changed before `Trouble.mend` is called."""
    yield from leftovers(store)
    for run in [*store.all(), *store.all(trashed=True)]:
        yield from _of_run(store, run)


def repair(store: Runs) -> Repaired:
    """Put right what can be; afterwards `troubles` finds only what is left."""
    mended: list[Trouble] = []
    left: dict[tuple[Path, str], tuple[Trouble, str]] = {}
    for _ in range(_ROUNDS):
        found = [trouble for trouble in troubles(store) if (trouble.path, trouble.text) not in left]
        if not found:
            break
        for trouble in found:
            try:
                trouble.mend()
                mended.append(trouble)
            except (GuildError, OSError) as error:
                left[trouble.path, trouble.text] = trouble, str(error)
    return Repaired(tuple(mended), tuple(left.values()))


def _of_run(store: Runs, run: Run) -> Iterator[Trouble]:
    try:
        record = run.record()
    except FileNotFoundError:
        if not run.path.is_dir():
            return  # it was deleted meanwhile
        yield Trouble(run.path, "has no run.json", lambda: _move(run.path, _damaged(store, run)), grave=True)
        return
    except (GuildError, OSError) as error:
        place = run.path / "run.json"
        said = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
        text = said.removeprefix(f"{place} ")  # which is told beside it
        yield Trouble(place, text, lambda: _move(run.path, _damaged(store, run)), grave=True)
        return
    damaged = [name for name in _MUTABLE if _unreadable(run, name)]
    for name in damaged:
        yield Trouble(run.path / name, "is damaged", _aside(run.path / name), grave=True)
    if not damaged:
        yield from _of_end(store, run, record)
    if (run.path / "runs").is_dir():
        yield from troubles(store.inside(run))


def _of_end(store: Runs, run: Run, record: RunRecord) -> Iterator[Trouble]:
    """Find what a run that is over has left undone."""
    loss = run.loss(store.now())
    if loss:
        yield Trouble(run.path, "ended without a record of it", lambda: record_loss(store, run))
    if not (loss or run.ended()):
        return
    index = run.path / "output.index"
    if index.exists() and index.stat().st_size % SIZE:
        yield Trouble(index, "ends in the middle of a record", lambda: _cut(index))
    if any(run.path.glob(".*.tmp")):
        yield Trouble(run.path, "has files that were being written", lambda: _sweep(run))
    if not loss and (run.path / RESERVE).exists():
        yield Trouble(run.path, "has room set aside for its end", lambda: (run.path / RESERVE).unlink(missing_ok=True))
    source = run.path / "source"
    told = not source.exists() and source.with_name("source.damaged1").exists()
    if record.source.digest and not told and _measured(source) != (record.source.files, record.source.size):
        yield Trouble(source, "is not the source code that was recorded", _aside(source), grave=True)


def _measured(folder: Path) -> tuple[int, int]:
    """Count files and their bytes; where nothing was taken, there may be no folder."""
    sizes = [Path(place, name).lstat().st_size for place, _, names in os.walk(folder) for name in names]
    return len(sizes), sum(sizes)


def _unreadable(run: Run, name: str) -> bool:
    readers: dict[str, Callable[[], object]] = {
        "exit.json": run.ended,
        "process.json": run.process,
        "notes.json": run.notes,
        "inputs.json": run.inputs,
        "inputs-changed.json": run.changed_inputs,
    }
    try:
        readers[name]()
    except (GuildError, OSError):
        return True
    return False


def record_loss(store: Runs, run: Run) -> None:
    """Record the end of a run that ended without anybody to record it; nothing is done for any other."""
    with locked(run.path, folder=True):
        if loss := run.loss(store.now()):
            run.write_end(ExitRecord(loss, None, None, run.heartbeat() or run.record().created))


def _damaged(store: Runs, run: Run) -> Path:
    return store.home / "trash" / "damaged" / run.path.name


def _aside(path: Path) -> Callable[[], None]:
    return lambda: _move(path, _free(path))


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
    for name in (*_MUTABLE, STOP, "attrs.json", "vcs.patch", "heartbeat", "run.json"):
        sweep(run.path, name)
