"""Fewer points that draw the same line: of each stretch the lowest and the highest stay, and the ends."""

from __future__ import annotations

from guildpkg.core.series.points import Series


def thinned(of: Series, most: int) -> Series:
    """Leave out points so that a chart looks the same.

    The series is cut into stretches of equal length; of each the point with the lowest value and the one with the
    highest are kept, in their order, and the first and the last point of all. Values that are no numbers are never
    extremes; a stretch of nothing else keeps its first point, so that a gap stays a gap.

    Args:
        of: The series.
        most: Points to keep at most; at least 4.

    Returns:
        The series itself when it has no more points than that.
    """
    import numpy as np

    count = len(of)
    if count <= most:
        return of
    edges = np.linspace(1, count - 1, (most - 2) // 2 + 1).astype(np.int64)
    begins, sizes = edges[:-1], np.diff(edges)
    infinity = np.float64(np.inf)
    known = ~np.isnan(of.values)
    kept = [np.array([0, count - 1])]
    for worst, better in ((infinity, np.minimum), (-infinity, np.maximum)):
        values = np.where(known, of.values, worst)
        best = np.repeat(better.reduceat(values, begins), sizes)
        hits = np.flatnonzero(values[1 : count - 1] == best) + 1
        # of several hits in a stretch the first one
        _, first = np.unique(np.searchsorted(edges, hits, side="right"), return_index=True)
        kept.append(hits[first])
    # with counts: without them numpy loads its masked arrays
    chosen, _ = np.unique(np.concatenate(kept), return_counts=True)
    return Series(of.times[chosen], of.steps[chosen], of.values[chosen])
