"""How far a refresh came, written into the recipe folder as one change.

Without a conflict: patches, recipe, lock, and ``src/`` as they give it. With one: ``src/`` with the merge and its
markers, and ``logs/refresh.json``, what is done so far; `guild patch save` goes on from there.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from guildpkg.core.digests import GitId
from guildpkg.core.events import silent
from guildpkg.core.recipe import edit as recipe_edit
from guildpkg.core.recipe.lock import Lock, format_lock, read_lock
from guildpkg.core.sources import Pin
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.patches.apply import apply_patches
from guildpkg.pipeline.package.fetch import lock_of
from guildpkg.pipeline.package.lay import identity
from guildpkg.pipeline.patch.refresh_merge import Moved, Verdict
from guildpkg.pipeline.patch.series import Series
from guildpkg.pipeline.patch.write import laid_state, rewritten
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.change import commit, settle_change
from guildpkg.recipe.folder import LOCK, RecipeFolder
from guildpkg.recipe.state import REFRESH, STATE, format_state
from guildpkg.system.disk import remove
from guildpkg.system.git.trees import Merge, Trees
from guildpkg.system.trees import copy_tree, settle

NEW = "new"
"""Where the new sources lie, in the scratch folder of the series."""
MARK = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
"""What git puts around the two sides of a conflict."""
_READY = "ready"
"""Where a new ``src/`` is made, in the scratch folder, from which it is moved."""


@dataclass(frozen=True, slots=True)
class Work:
    """A refresh.

    Attributes:
        folder: The recipe as it is.
        series: Its patches on its old sources.
        text: The recipe as it is to be.
        pins: What its new sources are.
        setting: The outside world.
        carried: Files in ``src/`` that belong to no patch and stay there: leftovers of editors.
    """

    folder: RecipeFolder
    series: Series
    text: str
    pins: tuple[Pin, ...]
    setting: Setting
    carried: tuple[str, ...] = ()


def write_moved(work: Work, moved: Moved) -> None:
    """Write how far a series came: all of it, or the conflict at which it stopped.

    Args:
        work: What moves; its scratch folder holds the new sources at `NEW`.
        moved: How far it came.
    """
    if moved.conflict is None:
        _finish(work, moved.verdicts)
    else:
        _stop(work, moved, moved.conflict)


def _stop(work: Work, moved: Moved, conflict: Merge) -> None:
    at = next(number for number, item in enumerate(moved.verdicts) if item.verdict == "conflict")
    trees = work.series.trees
    ready = work.series.scratch / _READY
    ready.mkdir()
    trees.lay(conflict.tree, ready)
    upstream = trees.leaves(moved.tree)
    for name in {path.partition(b"/")[0] for path in conflict.conflicts}:
        below = {path: leaf for path, leaf in upstream.items() if path.partition(b"/")[0] == name}
        scratch = work.series.scratch / "orig"
        remove(scratch)
        scratch.mkdir()
        trees.lay(trees.tree(below), scratch)
        if (scratch / os.fsdecode(name)).exists():
            (scratch / os.fsdecode(name)).rename(ready / f"{os.fsdecode(name)}.orig")
    lock = lock_of(work.pins, {})
    settle(ready, lock.epoch)
    _carry(work, ready)
    state = laid_state(trees, upstream, "refresh")
    pending = {
        "schema": 1,
        "text": work.text,
        "lock": format_lock(lock),
        "done": [[item.patch, item.verdict, base64.b64encode(item.data).decode()] for item in moved.verdicts[:at]],
        "files": list(moved.verdicts[at].files),
        "unmarked": _unmarked(trees, conflict),
    }
    files = {f"logs/{REFRESH}": json.dumps(pending).encode(), f"logs/{STATE}": format_state(state)}
    commit(work.folder.path, files, moves={_relative(work, ready): "src"})


def _unmarked(trees: Trees, conflict: Merge) -> dict[str, GitId]:
    """Give the files in conflict that have no markers, as they lie in ``src/``: git chose a side, a person did not."""
    leaves = {path: leaf for path, leaf in trees.leaves(conflict.tree).items() if path in conflict.conflicts}
    content = trees.content(id_ for _, id_ in leaves.values())
    return {os.fsdecode(path): id_ for path, (_, id_) in leaves.items() if not MARK.search(content[id_])}


def _finish(work: Work, verdicts: Sequence[Verdict]) -> None:
    """Write what a refresh that came to its end changes; ``src/``, where there is one, becomes what it came to."""
    text = work.text
    kept = {item.patch: item.data for item in verdicts if item.data}
    files: dict[str, bytes | None] = {}
    for item in verdicts:
        if not item.data:
            files[item.patch] = None
            text = recipe_edit.remove_word(text, "patches", item.patch)
        elif item.data != work.series.patches[item.patch]:
            files[item.patch] = item.data
    lock = lock_of(work.pins, kept)
    files |= {**rewritten(work.folder, text, {LOCK: format_lock(lock).encode()}), f"logs/{REFRESH}": None}
    if not work.folder.src.is_dir():
        commit(work.folder.path, files)
        return
    ready = work.series.scratch / _READY
    copy_tree(work.series.scratch / NEW, ready)
    apply_patches(ready, kept, git_env=work.setting.env, report=silent)
    settle(ready, lock.epoch)
    state = laid_state(work.series.trees, work.series.trees.read(ready), identity(lock))
    files[f"logs/{STATE}"] = format_state(state)
    _carry(work, ready)
    commit(work.folder.path, files, moves={_relative(work, ready): "src"})


def _carry(work: Work, ready: Path) -> None:
    """Lay what belongs to no patch into the new ``src/``, too; as no record names it, it goes on to count as an edit.

    Raises:
        GuildError: It would lie where the new sources have something else.
    """
    for path in work.carried:
        place = ready / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(place):
                raise FileExistsError
            shutil.copy2(work.folder.src / path, place, follow_symlinks=False)
        except (FileExistsError, NotADirectoryError) as error:
            message = f"src/{path} lies where the new sources have something else"
            raise GuildError(message, hint="move it out of src/, and save again") from error


def _relative(work: Work, ready: Path) -> str:
    return str(ready.relative_to(work.folder.path))


def is_pending(folder: Path) -> bool:
    """Tell whether a refresh waits for a person."""
    settle_change(folder)
    return (folder / "logs" / REFRESH).is_file()


@dataclass(frozen=True, slots=True)
class Pending:
    """What a refresh stopped at.

    Attributes:
        text: The recipe's new text.
        lock: Its lock.
        done: Verdicts of the patches before the conflict.
        files: The files in conflict.
        unmarked: Those among them that lie in ``src/`` without markers, and what they were there.
    """

    text: str
    lock: Lock
    done: tuple[Verdict, ...]
    files: tuple[str, ...]
    unmarked: Mapping[str, str]


def pending_of(folder: RecipeFolder) -> Pending:
    """Read what a refresh stopped at.

    Raises:
        GuildError: It cannot be read.
    """
    try:
        told = json.loads((folder.logs / REFRESH).read_bytes())
        done = tuple(Verdict(name, verdict, base64.b64decode(data)) for name, verdict, data in told["done"])
        files, unmarked = tuple(map(str, told["files"])), dict(told.get("unmarked", {}))
        return Pending(str(told["text"]), read_lock(told["lock"], REFRESH), done, files, unmarked)
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "`guild package -c` forgets the refresh"
        raise GuildError(f"logs/{REFRESH} cannot be read: {error}", hint=hint) from error
