"""What a listing shows of a run, and a cache of it that may be deleted at any time.

A row of the cache holds for as long as the folder of its run has the time that it had: every file of a record is put
in place by renaming, which changes that time.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from guildpkg.core.runs.record import RunId, is_run_folder
from guildpkg.core.runs.status import Status, ended_status, status_of
from guildpkg.errors import GuildError
from guildpkg.stores.runs_folder import Run
from guildpkg.system.disk import write_atomically

SETTLED: Final = 2 * 10**9
"""Nanoseconds after which a later change is sure to give a folder another time."""

MOST_READ: Final = 500
"""Runs that `glance` reads beyond those that are remembered: somebody waits for it between two keys."""

_SCHEMA: Final = 1


class Summary(NamedTuple):
    """What a listing shows; a tuple, as one listing may make ten thousand of them.

    Times are nanoseconds since the epoch, 0 for not yet.

    Attributes:
        name: The folder's name.
        id: The run's id.
        operation: ``model:op``.
        project: Folder of the project.
        package: Installed package it came from.
        created: When it was made.
        started: When its process was started.
        stopped: When it ended; of a run that was lost, when it gave its last sign of life.
        word: What state it is in, a word of `core.runs.status.STATUSES`.
        detail: The rest of that state.
        label: Its label.
        tags: Its tags.
        batch: Batch it belongs to.
        stamp: Time of the folder when this was read.
    """

    name: str
    id: RunId
    operation: str
    project: str
    package: str
    created: int
    started: int
    stopped: int
    word: str
    detail: str
    label: str
    tags: tuple[str, ...]
    batch: str
    stamp: int

    @property
    def status(self) -> Status:
        """What state it is in."""
        return Status(self.word, self.detail)

    @property
    def title(self) -> str:
        """Its operation as the user names it: of a package with the package's name in front."""
        package = self.package.rpartition("-")[0]
        return f"{package}/{self.operation}" if package else self.operation


_TAGS: Final = Summary._fields.index("tags")


def newest(run: Summary) -> tuple[int, str]:
    """Give what runs are sorted by; folders are named to the second, and that is not enough."""
    return run.created, run.name


def summarize(run: Run, stamp: int, now: int) -> Summary:
    """Read a run for a listing.

    Args:
        run: The run.
        stamp: Time of its folder, taken before.
        now: Nanoseconds since the epoch.

    Raises:
        RunRecordError: A file of its record is damaged.
    """
    record, process = run.record(), run.process()
    ended = run.ended()
    if ended is None:
        life = run.life(record, process, now)
        ended = run.ended()
        status = status_of(record, process, ended, life)
    else:
        status = ended_status(ended)
    notes = run.notes(record)
    return Summary(
        name=run.path.name,
        id=record.id,
        operation=record.operation,
        project=record.project,
        package=record.package,
        created=record.created,
        started=process.started if process else 0,
        stopped=ended.stopped if ended else run.heartbeat() if status.over else 0,
        word=status.word,
        detail=status.detail,
        label=notes.label,
        tags=notes.tags,
        batch=record.batch,
        stamp=stamp,
    )


def survey(folder: Path, cache: Path, now: Callable[[], int]) -> tuple[list[Summary], int]:
    """Read the runs of a folder for a listing.

    Args:
        folder: The folder.
        cache: What was remembered of it, and will be.
        now: The clock, nanoseconds since the epoch.

    Returns:
        All runs, newest first, and how many are damaged and left out.
    """
    known, found, fresh = read_cache(cache), [], 0
    rows: dict[str, Summary] = {}
    stamps = _stamps(folder, known)
    limit = now() - SETTLED
    for name in sorted(stamps, reverse=True):
        summary = known.get(name)
        if summary is None or summary.stamp != stamps[name]:
            with contextlib.suppress(GuildError, OSError):
                summary = summarize(Run(folder / name), stamps[name], now())
                found.append(summary)
                if summary.status.over and stamps[name] < limit:
                    rows[name], fresh = summary, fresh + 1
            continue
        found.append(summary)
        rows[name] = summary
    if fresh or len(rows) != len(known):
        write_cache(cache, rows)
    return sorted(found, key=newest, reverse=True), len(stamps) - len(found)


def _stamps(folder: Path, known: Container[str]) -> dict[str, int]:
    """Give the time of each run's folder; names that are known need not be looked at."""
    stamps: dict[str, int] = {}
    try:
        # by its descriptor, so that the way to it is not looked up again for each
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return stamps
    try:
        with os.scandir(handle) as items:
            for item in items:
                name = item.name
                if name in known or is_run_folder(name):
                    try:
                        stamps[name] = item.stat().st_mtime_ns
                    except FileNotFoundError:
                        continue
    finally:
        os.close(handle)
    return stamps


def read_cache(path: Path) -> dict[str, Summary]:
    """Read a cache; one that is missing, damaged or of another kind is empty."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        found: dict[str, Any] = json.loads(path.read_bytes())
        if found["schema"] == _SCHEMA:
            for row in found["runs"]:
                row[_TAGS] = tuple(row[_TAGS])
            return {row[0]: Summary._make(row) for row in found["runs"]}
    return {}


def write_cache(path: Path, rows: Mapping[str, Summary]) -> None:
    """Write a cache; where that is impossible, do without one."""
    with contextlib.suppress(OSError, GuildError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"schema": _SCHEMA, "runs": list(rows.values())}).encode())


def glance(folder: Path, cache: Path, now: Callable[[], int], named: Callable[[str], bool] = bool) -> Iterator[Summary]:
    """Read the runs of a folder one after the other, for whoever cannot wait, and write nothing.

    Args:
        folder: The folder.
        cache: What was remembered of it; beyond that no more than `MOST_READ` runs are read.
        now: The clock, nanoseconds since the epoch.
        named: Tells by the name of its folder whether a run is wanted.

    Yields:
        The runs, newest first as far as the names of their folders say; damaged ones are left out.
    """
    try:
        names = [name for name in os.listdir(folder) if is_run_folder(name) and named(name)]  # noqa: PTH208 - names
    except OSError:
        return
    known, left = read_cache(cache) if names else {}, MOST_READ
    for name in sorted(names, reverse=True):
        with contextlib.suppress(GuildError, OSError):
            stamp = (folder / name).stat().st_mtime_ns
            run = known.get(name)
            if run is not None and run.stamp == stamp:
                yield run
            elif left:
                left -= 1
                yield summarize(Run(folder / name), stamp, now())
