"""A series of patches onto other sources: each merged three-way, with a verdict.

The merge is that of `git rebase`: what a patch did to the old tree is done to the new one. That a patch can be applied
as it is says nothing about whether it lands where it should; it only decides whether its bytes may stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from guildpkg.core.digests import GitId
from guildpkg.core.events import silent
from guildpkg.core.patches.dep3 import header_of
from guildpkg.errors import PatchError
from guildpkg.lean import dataclass
from guildpkg.patches.apply import apply_patches
from guildpkg.system.git.trees import Merge, Trees

_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*(?<!\.lock)")
"""Names of patches that git takes as part of the name of a ref."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one patch.

    Attributes:
        patch: Its file name.
        verdict: ``clean``, ``offset``, ``merged``, ``upstream`` (it is there already, and dropped), ``resolved`` (a
            person did), ``conflict`` or ``waiting`` (it stands behind a conflict).
        data: Its new bytes; empty for one that is dropped, or has none yet.
        files: The files in conflict.
        said: What git says about them.
    """

    patch: str
    verdict: str
    data: bytes = b""
    files: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {"patch": self.patch, "verdict": self.verdict, "files": list(self.files), "said": list(self.said)}


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a series came.

    Attributes:
        verdicts: One per patch.
        tree: The new sources with all patches before the conflict, or with all of them.
        conflict: The merge that has conflicts; None when there is none.
    """

    verdicts: tuple[Verdict, ...]
    tree: GitId
    conflict: Merge | None


def move(
    trees: Trees,
    old: Sequence[GitId],
    patches: Mapping[str, bytes],
    new: GitId,
    *,
    git_env: Mapping[str, str],
    done: Sequence[Verdict] = (),
) -> Moved:
    """Move a series of patches onto other sources.

    Args:
        trees: Where the trees are.
        old: The old sources, then after each patch.
        patches: The series: content by name.
        new: The new sources, with the patches in *done*.
        git_env: Environment for git; only PATH matters.
        done: Verdicts of the first patches, which are not looked at again.
    """
    verdicts = list(done)
    names = list(patches)
    tree = new
    for at in range(len(done), len(names)):
        name = names[at]
        merge = trees.merge(old[at], tree, old[at + 1], names=("upstream", _label(name, at)))
        if merge.conflicts:
            files = tuple(path.decode("utf-8", "surrogateescape") for path in merge.conflicts)
            verdicts.append(Verdict(name, "conflict", files=files, said=merge.said))
            verdicts += [Verdict(later, "waiting") for later in names[at + 1 :]]
            return Moved(tuple(verdicts), tree, merge)
        verdicts.append(judged(trees, (name, patches[name]), tree, merge.tree, git_env))
        tree = merge.tree
    return Moved(tuple(verdicts), tree, None)


def _label(name: str, at: int) -> str:
    """Say what the markers of a conflict call a patch: its name where git can, below a folder of only patches."""
    return f"patches/{name if _PLAIN.fullmatch(name) else at + 1}"


def judged(trees: Trees, patch: tuple[str, bytes], tree: GitId, result: GitId, git_env: Mapping[str, str]) -> Verdict:
    """Say how a patch leads from one tree to another: as it is, elsewhere in the file, or only when made anew."""
    name, data = patch
    if result == tree:
        return Verdict(name, "upstream")
    offsets = _applied(trees, tree, data, result, git_env)
    if offsets == 0:
        return Verdict(name, "clean", data)
    for renames in (True, False):
        fresh = header_of(data) + trees.diff(tree, result, renames=renames)
        if _applied(trees, tree, fresh, result, git_env) is not None:
            return Verdict(name, "merged" if offsets is None else "offset", fresh)
    raise PatchError(f"{name} cannot be written as a patch that applies", hint="please report it, with the sources")


def _applied(trees: Trees, tree: GitId, data: bytes, wanted: GitId, git_env: Mapping[str, str]) -> int | None:
    """Count the hunks that had moved; None when it does not apply, or gives another tree."""
    with TemporaryDirectory(dir=trees.path) as scratch:
        place = Path(scratch)
        trees.lay(tree, place)
        try:
            applied = apply_patches(place, {"patch": data}, git_env=git_env, report=silent)
        except PatchError:
            return None
        return len(applied[0].moved) if trees.tree(trees.read(place)) == wanted else None
