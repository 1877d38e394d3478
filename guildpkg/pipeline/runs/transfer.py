"""Runs from one home to another, by way of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guildpkg.core.events import Reporter, Warn
from guildpkg.errors import GuildError, UsageFault
from guildpkg.pipeline.runs.chosen import run_of
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_export import export_runs
from guildpkg.stores.runs_import import Imported, already_there, choose, import_runs, list_runs
from guildpkg.stores.runs_summary import Summary


def export_chosen(
    store: Runs,
    runs: Sequence[Summary],
    target: Path,
    report: Reporter,
    *,
    trashed: bool = False,
    force: bool = False,
    move: bool = False,
) -> int:
    """Write runs to an archive; see `export_runs`.

    Args:
        store: Where they are.
        runs: The runs.
        target: The archive.
        report: Told how far it is.
        trashed: Whether they lie in the trash.
        force: Whether a file of that name may be replaced.
        move: Whether the runs go to the trash afterwards.

    Raises:
        UsageFault: Runs of the trash cannot be moved there.
    """
    if move and trashed:
        raise UsageFault("--move moves runs to the trash, where these are already")
    if target.is_dir():
        raise GuildError(f"{target} is a folder", hint="name the file that is to be written: runs.tar.zst")
    places = [run_of(store, run, trashed=trashed) for run in runs]
    size = export_runs(store, places, target, report, force=force)
    for run in places if move else ():
        store.trash(run)
    return size


def import_chosen(
    store: Runs, archive: Path, ids: Sequence[str], report: Reporter, *, dry_run: bool = False, move: bool = False
) -> Imported:
    """Take the runs of an archive in; see `import_runs`.

    Args:
        store: Where they go.
        archive: The archive.
        ids: Beginnings of ids; all runs without any.
        report: Told how far it is.
        dry_run: Only say what would be done; the list of the archive is believed.
        move: Whether the archive is deleted afterwards; not while a run of it is in the trash.

    Raises:
        GuildError: There is no such file.
    """
    if not archive.is_file():
        raise GuildError(f"there is no file {archive}", hint="`guild runs export` writes one")
    if move and ids:
        raise UsageFault("--move deletes the archive, with the runs in it that are not named")
    if dry_run:
        return already_there(store, choose(list_runs(archive), ids))
    done = import_runs(store, archive, ids, report)
    if move and done.trashed:
        report(Warn(f"{archive.name} is kept: a run of it is in the trash"))
    elif move:
        archive.unlink()
    return done
