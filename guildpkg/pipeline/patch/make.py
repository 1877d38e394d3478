"""Edits -> patches: which patch they go into, and its bytes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence

from guildpkg.core.patches.dep3 import described, header_of
from guildpkg.errors import GuildError, PatchError
from guildpkg.lean import dataclass
from guildpkg.pipeline.patch.series import Series, result_of_series
from guildpkg.pipeline.setting import Setting
from guildpkg.system.git.trees import Leaves


@dataclass(frozen=True, slots=True)
class Make:
    """What patches are made from.

    Attributes:
        series: The series as it is.
        text: What the patches are for; empty to leave their headers alone.
        new: True to make new patches instead of changing those that are there.
    """

    series: Series
    text: str = ""
    new: bool = False


def choose_targets(make: Make, names: Sequence[str], asked: str, beside: Collection[str]) -> dict[str, str]:
    """Choose the patch for each entry: the top one that touches it, else one of its name.

    Args:
        make: What is made.
        names: The entries; none when only a description is to change.
        asked: The entry that was asked for; empty for any.
        beside: File names that are taken.

    Raises:
        GuildError: There is no patch whose description could change, or nothing that a new one could hold.
    """
    series = make.series
    if make.new and not names:
        raise GuildError("nothing was edited that a new patch could hold", hint="edit something in src/ first")
    if not names:  # only the header is to change
        tops = [series.top(asked)] if asked else [len(series.names) - 1 if series.names else None]
        if tops[0] is None:
            raise GuildError("there is no patch whose description could change", hint="edit something in src/ first")
        return {asked: series.names[tops[0]]}
    targets: dict[str, str] = {}
    for name in names:
        top = None if make.new else series.top(name)
        taken = {*series.names, *targets.values(), *beside}
        targets[name] = series.names[top] if top is not None else _fresh(name, taken)
    return targets


def _fresh(name: str, taken: set[str]) -> str:
    stem = re.sub(r"[^A-Za-z0-9_+.-]+", "-", name).lstrip(".-") or "src"
    names = (f"{stem}.patch" if number == 1 else f"{stem}-{number}.patch" for number in itertools.count(1))
    return next(found for found in names if found not in taken)


def make_patches(
    make: Make,
    names: Sequence[str],
    states: Sequence[Leaves],
    targets: Mapping[str, str],
    *,
    setting: Setting,
    renames: bool = True,
) -> dict[str, bytes]:
    """Write the patches anew that are concerned, and see that the series gives what was edited.

    Args:
        make: What is made.
        names: All patches of the series to be, in their order.
        states: What is to be in each tree: of the sources, then after each patch.
        targets: Entry of ``src/`` -> the patch that its edits go into.
        setting: The outside world.
        renames: False to write a file that moved as one that went and one that came.

    Raises:
        PatchError: It does not.
    """
    series, trees = make.series, make.series.trees
    patches: dict[str, bytes] = {}
    for at, name in enumerate(names):
        data = series.patches.get(name, b"")
        if name in targets.values():
            header = header_of(data)
            if make.text:
                header = described(header, make.text)
            diff = trees.diff(trees.tree(states[at]), trees.tree(states[at + 1]), renames=renames)
            data = header + diff if diff else b""
        patches[name] = data
    place = make.series.scratch / ("check" if renames else "check-again")
    wanted = trees.tree(states[-1])
    if result_of_series(trees, states[0], {n: d for n, d in patches.items() if d}, place, setting) != wanted:
        raise PatchError("the patch does not give back what was edited", hint="please report it, with the files")
    return patches
