"""Runs as commands name, show and change them: which ones are meant, what is told of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.core.runs.filter import Filter
from guildpkg.core.runs.filter_text import parse_filter
from guildpkg.core.runs.record import Notes
from guildpkg.core.runs.status import STATUSES
from guildpkg.core.words import count, did_you_mean
from guildpkg.errors import Unknown, UsageFault
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.series_index import open_index
from guildpkg.pipeline.runs.times import in_iso, in_words
from guildpkg.pipeline.runs.values import Values, filtered
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs
from guildpkg.stores.runs_find import number_in
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary, newest
from guildpkg.stores.scalars_index import LatestIndex

Store = Runs
"""What commands hand from one function of this module to the next."""
RunFolder = Run
"""The same of one run."""
Line = Summary
"""The same of what a listing shows of a run."""
FIRST: Final = 20
"""Runs that a listing shows unless more are asked for."""
_RANGE = re.compile(r"([0-9]{0,9}):([0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs a command is about; an empty attribute leaves all of them.

    Attributes:
        project: Absolute folder of the project.
        statuses: Words of `STATUSES`.
        operations: Parts of the operation's name.
        labels: Parts of the label.
        tags: Tags, of which a run has to have one.
        trashed: True for the runs in the trash.
        filters: Expressions, all of which have to hold; see `core.runs.filter`.
    """

    project: str = ""
    statuses: frozenset[str] = frozenset()
    operations: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    trashed: bool = False
    filters: tuple[Filter, ...] = ()

    def takes(self, run: Summary) -> bool:
        """Tell whether a run is wanted, the filters aside."""
        return (
            self.project in ("", run.project)
            and (not self.statuses or run.word in self.statuses)
            and (not self.operations or any(part in run.title for part in self.operations))
            and (not self.labels or any(part in run.label for part in self.labels))
            and (not self.tags or bool(set(self.tags) & set(run.tags)))
        )


def statuses_of(words: Iterable[str]) -> frozenset[str]:
    """Check the words of ``--status``.

    Raises:
        UsageFault: One of them is no status.
    """
    for word in words:
        if word not in STATUSES:
            raise UsageFault(f"{word!r} is no status", hint=did_you_mean(word, STATUSES) or ", ".join(STATUSES))
    return frozenset(words)


def read_filters(texts: Iterable[str], now: int) -> tuple[Filter, ...]:
    """Read the expressions of ``-F``; times without a zone are those of this machine.

    Raises:
        UsageFault: One of them is none.
    """
    return tuple(parse_filter(text, now, datetime.astimezone) for text in texts)


def listing(store: Runs, wanted: Wanted, report: Reporter = silent) -> list[Summary]:
    """Give the runs that are wanted, newest first.

    Args:
        store: The runs.
        wanted: Which of them.
        report: Told of runs that cannot be read, and of names in filters that no run knows.
    """
    every, damaged = store.survey(trashed=wanted.trashed)
    if damaged:
        report(Warn(f"{count(damaged, 'run')} cannot be read: see guild check --repair"))
    everything = Wanted(trashed=wanted.trashed, filters=wanted.filters)
    found = every if wanted == everything else [run for run in every if wanted.takes(run)]
    if not wanted.filters:
        return found
    index = open_index(store)
    values = (values_of(store, run, trashed=wanted.trashed, index=index) for run in found)
    chosen = filtered(values, wanted.filters, report)
    index.save()
    return chosen


def values_of(store: Runs, run: Summary, *, trashed: bool = False, index: LatestIndex | None = None) -> Values:
    """Give what the names in filters and columns stand for in a run."""
    return Values(store, run_of(store, run, trashed=trashed), run, index)


def pick(store: Runs, wanted: Wanted, words: Sequence[str]) -> list[Summary]:
    """Find the runs that words mean, newest first, each once.

    Args:
        store: The runs.
        wanted: The listing that numbers count in.
        words: Beginnings of ids, numbers of the listing, or ranges of them (``2:5``, both ends included).

    Raises:
        Unknown: A word means no run, or several.
    """
    listed = listing(store, wanted)
    found: dict[str, Summary] = {}
    for word in words:
        for run in _meant(store, wanted, listed, word):
            found[run.name] = run
    return sorted(found.values(), key=newest, reverse=True)


def _meant(store: Runs, wanted: Wanted, listed: Sequence[Summary], word: str) -> list[Summary]:
    if span := _RANGE.fullmatch(word):
        first, last = int(span[1] or 0), int(span[2]) if span[2] else len(listed) - 1
        if first > last or first >= len(listed):
            raise Unknown(f"there are no runs {word}", hint=f"the listing has {len(listed)}, numbered from 0")
        return list(listed[first : last + 1])
    if (number := number_in(word, len(listed))) is not None:
        return [listed[number]]
    # what looks like a number of the listing is the beginning of no id outside of it
    among = listed if word.isdecimal() and len(word) < 4 else store.summaries(trashed=wanted.trashed)
    by_name = {run.name: run for run in among}
    folder = store.trash_folder if wanted.trashed else store.folder
    return [by_name[store.find(word, [Run(folder / name) for name in by_name]).path.name]]


def run_of(store: Runs, run: Summary, *, trashed: bool = False) -> Run:
    """Give the run of a line of a listing."""
    return Run((store.trash_folder if trashed else store.folder) / run.name)


def one(store: Runs, wanted: Wanted, word: str) -> Run:
    """Find one run: by id or number, the newest that is wanted when *word* is empty.

    Raises:
        Unknown: There is none, or *word* means several.
    """
    if not word:
        listed = listing(store, wanted)
        if not listed:
            where = "in the trash" if wanted.trashed else "here"
            hint = "--all looks at those of all projects"
            raise Unknown(
                f"there are no runs {where}", hint=hint if wanted.trashed else f"`guild train` makes one; {hint}"
            )
        return run_of(store, listed[0], trashed=wanted.trashed)
    found = pick(store, wanted, [word])
    if len(found) > 1:
        raise Unknown(f"{word} means {len(found)} runs", hint="name one of them")
    return run_of(store, found[0], trashed=wanted.trashed)


def by_path(store: Runs, cwd: Path, rundir: str) -> Run:
    """Find a run by its folder, or by RUNDIR, which lies in it.

    Raises:
        Unknown: There is no run there.
    """
    path = (cwd / rundir).resolve()
    for place in (path, path.parent):
        if place.parent == store.folder.resolve() and (place / "run.json").is_file():
            return Run(place)
    raise Unknown(f"{rundir} does not contain run data", hint="`guild list-runs` prints the folders of runs")


def line_of(index: int | None, run: Summary) -> tuple[str, ...]:
    """Write a run for people: number (where it stands in a listing) and id, operation, start, status, label."""
    label = " ".join([run.label, *(f"#{tag}" for tag in run.tags)]).strip()
    number = "" if index is None else f"{index}:"
    return f"[{number}{run.id[:8]}]", run.title, in_words(run.started or run.created), str(run.status), label


def row_of(store: Runs, run: Summary, *, trashed: bool = False) -> dict[str, Any]:
    """Give a line of a listing as plain values."""
    return {
        "id": run.id,
        "operation": run.operation,
        "title": run.title,
        "status": run.status.word,
        "detail": run.status.detail or None,
        "created": in_iso(run.created),
        "started": in_iso(run.started),
        "stopped": in_iso(run.stopped),
        "label": run.label,
        "tags": list(run.tags),
        "project": run.project or None,
        "package": run.package or None,
        "run_dir": str(run_of(store, run, trashed=trashed).path),
    }


def tagged(notes: Notes, add: Sequence[str], drop: Sequence[str]) -> Notes:
    """Give notes other tags: those of *drop* go, those of *add* come behind the others."""
    kept = [tag for tag in notes.tags if tag not in drop and tag not in add]
    return Notes(notes.label, (*kept, *dict.fromkeys(add)), notes.comment)


def labelled(notes: Notes, label: str) -> Notes:
    """Give notes another label."""
    return Notes(label, notes.tags, notes.comment)


def open_store(home: Path) -> Runs:
    """Open the runs below ``$GUILD_HOME``; nothing is made before there is a run."""
    return Runs(home)


def free_contents(store: Runs) -> int:
    """Remove the contents of source snapshots that no run has any more, an hour after they were last wanted.

    Returns:
        How many bytes that was.
    """
    return Blobs(store.home).collect(before=store.now() / 10**9 - 3600)
