"""One number out of the points of a scalar, for a column of a comparison."""

from __future__ import annotations

from guildpkg.core.series.points import Series


def reduced_points(series: Series, how: str, *, step: bool) -> float | None:
    """Make one number of points.

    Args:
        series: The points, what was done over left out.
        how: ``first min max avg total``.
        step: Whether the step is wanted at which that value stands; for ``avg`` and ``total`` there is none.

    Returns:
        The number; None when there are no points that are numbers.
    """
    import numpy as np

    kept = ~np.isnan(series.values)
    values, steps = series.values[kept], series.steps[kept]
    if len(values) == 0 or (step and how in ("avg", "total")):
        return None
    if how in ("avg", "total"):
        return float(values.mean() if how == "avg" else values.sum())
    at = {"first": 0, "min": int(values.argmin()), "max": int(values.argmax())}[how]
    return int(steps[at]) if step else float(values[at])
