"""Runs, and what is said of them, as a shell offers them between two keys: nothing is written, nothing waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from guildpkg.core.words import count
from guildpkg.pipeline.project.offered import Offer
from guildpkg.pipeline.runs.chosen import Line, Wanted, line_of, open_store, run_of
from guildpkg.stores.batches import Batches
from guildpkg.stores.runs_summary import glance, newest

MOST: Final = 100
"""Most of anything that is offered at once."""


def offered_runs(home: Path, wanted: Wanted, begun: str) -> list[Offer]:
    """Offer runs by their short ids, newest first; one that is begun may be of another project.

    Args:
        home: ``$GUILD_HOME``.
        wanted: Which runs; its filters are not heeded.
        begun: What was typed of the id.
    """
    found = _newest(home, wanted, begun)
    if begun and not found and wanted.project:
        found = _newest(home, replace(wanted, project=""), begun)
    return [(_typed(run.id, begun), _about(run)) for run in found]


def files_folder(home: Path, wanted: Wanted, begun: str) -> str:
    """Give RUNDIR of the newest run whose id begins so; empty when there is none."""
    store = open_store(home)
    found = next(iter(_newest(home, wanted, begun)), None)
    return str(run_of(store, found, trashed=wanted.trashed).files) if found else ""


def _newest(home: Path, wanted: Wanted, begun: str) -> list[Line]:
    runs = _glanced(home, wanted, lambda name: name[-8:].startswith(begun[:8]))
    return sorted(islice((run for run in runs if run.id.startswith(begun)), MOST), key=newest, reverse=True)


def _glanced(home: Path, wanted: Wanted, named: Callable[[str], bool] = bool) -> Iterator[Line]:
    store = open_store(home)
    folder = store.trash_folder if wanted.trashed else store.folder
    return filter(wanted.takes, glance(folder, store.cache(trashed=wanted.trashed), store.now, named))


def _about(run: Line) -> str:
    _, title, _, status, label = line_of(None, run)
    return ", ".join(filter(None, (title, status, label)))


def offered_notes(home: Path, wanted: Wanted, kind: str, begun: str) -> list[Offer]:
    """Offer what is said of runs: their operations, labels or tags, those of the newest runs first.

    Args:
        home: ``$GUILD_HOME``.
        wanted: Which runs.
        kind: ``title``, ``label`` or ``tags``.
        begun: What was typed of it.
    """
    values = (getattr(run, kind) for run in _glanced(home, wanted))
    words = dict.fromkeys(word for value in values for word in (value if isinstance(value, tuple) else (value,)))
    return [(word, "") for word in islice((word for word in words if word and word.startswith(begun)), MOST)]


def offered_batches(home: Path, begun: str) -> list[Offer]:
    """Offer batches by their short ids, the newest first."""
    found = islice(Batches(home).beginning(begun), MOST)
    return [(_typed(batch.id, begun), f"{batch.operation}, {count(len(batch.trials), 'trial')}") for batch in found]


def _typed(run: str, begun: str) -> str:
    """Give as much of an id as a listing shows, or all of it to whoever has typed more."""
    return run if len(begun) > 8 else run[:8]
