"""What a series is: a column of times, one of steps and one of values, in the order in which they were recorded.

Nothing is thrown away on reading: where a script was started again and its step went back, both stretches are there.
`newest` gives the view without what was done over, `restarts` says where that happened, `pauses` where nothing was
recorded for long. numpy is imported when arrays
are made, so that commands without series start without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from guildpkg.lean import dataclass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_PAUSE: Final = 60 * 10**9
"""Nanoseconds; what is shorter is no pause."""
_UNUSUAL: Final = 20
"""A pause is so many times as long as the usual time between two points."""
_NEARBY: Final = 3
"""Points on either side of a pause whose distances are looked at."""
MOST_PAUSES: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The points of one key.

    Attributes:
        times: Nanoseconds since the epoch, shape (n,).
        steps: Training steps, shape (n,).
        values: What was measured, shape (n,); NaN and infinities are kept.
    """

    times: Ints
    steps: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class Latest:
    """What is known of a series without its points.

    Attributes:
        count: Number of points.
        first_step: Step of the first point.
        first_time: Time of the first point, nanoseconds since the epoch.
        step: Step of the last point.
        time: Time of the last point, nanoseconds since the epoch.
        value: The last value.
    """

    count: int
    first_step: int
    first_time: int
    step: int
    time: int
    value: float


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that could not be read and was passed over.

    Attributes:
        file: Path relative to RUNDIR, ``/`` between the parts, in printable text.
        offset: Byte at which it begins.
        reason: What is wrong.
    """

    file: str
    offset: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, byte {self.offset}: {self.reason}"


def series(times: Sequence[int], steps: Sequence[int], values: Sequence[float]) -> Series:
    """Make a series of columns of equal length.

    Args:
        times: Nanoseconds since the epoch.
        steps: Training steps.
        values: What was measured.
    """
    import numpy as np

    return Series(np.array(times, np.int64), np.array(steps, np.int64), np.array(values, np.float64))


def joined(parts: Iterable[Series]) -> Series:
    """Put series behind one another."""
    import numpy as np

    kept = [part for part in parts if len(part)]
    if len(kept) == 1:
        return kept[0]
    if not kept:
        return series((), (), ())
    return Series(
        np.concatenate([part.times for part in kept]),
        np.concatenate([part.steps for part in kept]),
        np.concatenate([part.values for part in kept]),
    )


def latest(of: Series) -> Latest:
    """Sum up a series of at least one point."""
    first, last = (int(of.steps[0]), int(of.times[0])), (int(of.steps[-1]), int(of.times[-1]))
    return Latest(len(of), *first, *last, float(of.values[-1]))


def restarts(of: Series) -> list[int]:
    """Say where the step goes back: the indexes of the points that begin a new stretch."""
    import numpy as np

    return [int(at) + 1 for at in np.flatnonzero(of.steps[1:] < of.steps[:-1])]


def newest(of: Series) -> Series:
    """Leave out what was done over: points whose step is reached again by a later stretch.

    A point stays when no later point has a smaller step. Points of one stretch that share a step all stay.
    """
    import numpy as np

    if len(of) == 0 or not restarts(of):
        return of
    lowest_later = np.minimum.accumulate(of.steps[::-1])[::-1]
    ends = [*restarts(of), len(of)]
    stretch_end = np.repeat(ends, np.diff([0, *ends]))
    after = np.append(lowest_later, np.iinfo(np.int64).max)[stretch_end]
    # a later stretch that begins at the same step does that step again
    keep = of.steps < after
    return Series(of.times[keep], of.steps[keep], of.values[keep])


def pauses(of: Series) -> list[tuple[int, int]]:
    """Say where nothing was recorded for unusually long, as when a machine slept.

    A stretch whose points are all rare, as when every thousandth step is logged from some step on, has no pauses.

    Returns:
        The longest ones, at most `MOST_PAUSES`, in the order of time, each with the times of the points around it.
    """
    import numpy as np

    if len(of) < 3:
        return []
    between = np.diff(of.times)
    least = max(_PAUSE, _UNUSUAL * float(np.median(between)))
    longest = sorted(np.flatnonzero(between > least).tolist(), key=lambda at: -between[at])[:1000]
    found = []
    for at in longest:
        sides = between[max(0, at - _NEARBY) : at], between[at + 1 : at + 1 + _NEARBY]
        if between[at] > _UNUSUAL * max(float(np.median(side)) for side in sides if len(side)):
            found.append(at)
    return [(int(of.times[at]), int(of.times[at + 1])) for at in sorted(found[:MOST_PAUSES])]
