"""A release unpacks into a folder with its version in its name: what was done below the old one, below the new one.

Without this, a file that a patch adds would belong to a folder that is gone, and one that upstream changed much would
be taken for another.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from guildpkg.core.digests import GitId
from guildpkg.core.patches.dep3 import header_of
from guildpkg.core.sources import Source
from guildpkg.pipeline.patch.series import Series
from guildpkg.system.git.trees import Leaves


def at_new_root(series: Series, source: Source, new: Leaves) -> Series:
    """Move a series from the folder of the old release to that of the new one.

    Args:
        series: The patches on the old sources.
        source: The source that moves.
        new: What is in the new sources.

    Returns:
        The same series when the source is no release, or when its folder stays.
    """
    below = os.fsencode(f"{source.into}/".lstrip("/"))
    before, after = _folders(series.states[0], below), _folders(new, below)
    if source.kind != "pypi" or len(before - after) != 1 or len(after - before) != 1:
        return series
    old, now = (before - after).pop(), (after - before).pop()
    states = tuple(_moved(state, old, now) for state in series.states)
    trees = [series.trees.tree(state) for state in states]
    patches = dict(series.patches)
    for at, (name, data) in enumerate(series.patches.items()):
        if any(os.fsencode(path).startswith(old) for path in series.touched[at]):
            patches[name] = header_of(data) + series.trees.diff(trees[at], trees[at + 1])
    return replace(series, states=states, patches=patches)


def _folders(leaves: Leaves, below: bytes) -> set[bytes]:
    """Name the folders that lie right below a folder, each with its slash."""
    parts = (path[len(below) :].partition(b"/") for path in leaves if path.startswith(below))
    return {below + name + b"/" for name, slash, _ in parts if slash}


def _moved(leaves: Leaves, old: bytes, now: bytes) -> Mapping[bytes, tuple[int, GitId]]:
    return {now + path[len(old) :] if path.startswith(old) else path: leaf for path, leaf in leaves.items()}
