"""What is known of the scalars of many runs, without their points and without reading their files again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from guildpkg.core.series.points import Latest
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import SETTLED, Summary
from guildpkg.stores.scalars_index import LatestIndex


def open_index(store: Runs) -> LatestIndex:
    """Open the index over all runs; it is to be saved in the end."""
    return LatestIndex(store.home / "cache" / "series.sqlite")


def latest_in(
    index: LatestIndex, store: Runs, of: Summary, run: Run | None = None
) -> Callable[[str], dict[str, Latest]]:
    """Give a function that finds what is known of the keys of a run that a pattern matches.

    Args:
        index: Asked first.
        store: The runs.
        of: The run.
        run: Its folder, where it is not the usual one.
    """
    place = run or Run(store.folder / of.name)
    # a time that is not over yet could be that of another change too
    changed = 0
    with contextlib.suppress(OSError):
        changed = place.files.stat().st_mtime_ns
    settled = of.status.over and max(changed, of.stamp) < store.now() - SETTLED

    def look() -> Mapping[str, Latest]:
        # numpy comes with it, which is not needed for what the index knows
        from guildpkg.pipeline.runs.series import series_of

        return series_of(store, place).latest

    return index.find(of.name, f"{of.stamp} {changed}" if settled else "", look)
