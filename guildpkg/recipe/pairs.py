"""What a person changed in ``src/``, by top-level entry: in place, or in a copy beside it.

``NAME.orig`` is the untouched copy of ``NAME``, which ``guild patch begin`` makes; ``NAME.new`` beside it is the
edited one of those who leave ``NAME`` alone. Both are told by their names, and neither is ever part of a patch.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Entry
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.recipe.edits import seen_files, unsaved_edits
from guildpkg.recipe.state import Seen
from guildpkg.system.disk import scan, target_of

LEFTOVER: Final = re.compile(r"(?:^|/)(?:[^/]*(?:~|\.rej)|\.[^/]*\.sw[a-z]|\.?#[^/]*)$")
"""What editors and `patch` leave behind, which is nobody's work."""


@dataclass(frozen=True, slots=True)
class Edited:
    """One entry of ``src/`` that was edited.

    Attributes:
        name: The entry.
        changes: Path from ``src/`` -> the file with the new content; None for what was removed.
        kinds: The same paths -> ``added``, ``changed`` or ``removed``.
    """

    name: str
    changes: Mapping[str, Path | None]
    kinds: Mapping[str, str]


def edited_entries(src: Path, logs: Path) -> tuple[tuple[Edited, ...], tuple[str, ...]]:
    """Find out what was edited.

    Returns:
        The edited entries in the order of their names, and the leftovers of editors that were passed over.

    Raises:
        GuildError: Nobody knows what ``src/`` was, an untouched copy was edited, or two copies were.
    """
    edits = unsaved_edits(src, logs)
    known = seen_files(logs)
    if known is None:
        if not edits:
            return (), ()
        message = "nobody knows what src/ was before it was edited: logs/src.json is missing, or a build was killed"
        hint = "move src/ elsewhere, run `guild package -o`, and copy your files over the new src/"
        raise GuildError(message, hint=hint)
    leftovers = tuple(path for path in edits if LEFTOVER.search(path))
    by_name = _by_name(src, known, [path for path in edits if path not in leftovers])
    found = []
    for name, changes in sorted(by_name.items()):
        _refuse_odd(changes)
        kinds = {
            path: "removed" if place is None else "changed" if path in known else "added"
            for path, place in sorted(changes.items())
        }
        if changes:
            found.append(Edited(name, dict(sorted(changes.items())), kinds))
    return tuple(found), leftovers


def _by_name(src: Path, known: Mapping[str, Seen], edits: Sequence[str]) -> dict[str, dict[str, Path | None]]:
    """Sort edits by entry; those in a copy are those of what it is a copy of."""
    names = {path.partition("/")[0] for path in known}
    by_name: dict[str, dict[str, Path | None]] = {}
    for path in edits:
        place = src / path
        there = place.is_symlink() or place.exists()
        by_name.setdefault(path.partition("/")[0], {})[path] = place if there else None
    copies = [name for name in by_name if name not in names]
    for name in copies:
        plain, _, ending = name.rpartition(".")
        if plain not in names:
            continue
        if ending == "orig":
            _refuse_edited_copy(src, name, by_name[name])
        if ending == "new":
            del by_name[name]
            by_name[plain] = _from_copy(src, name, known, by_name.get(plain, {}))
    return by_name


def _refuse_edited_copy(src: Path, name: str, changes: Mapping[str, Path | None]) -> None:
    first = next(iter(changes))
    plain = name.removesuffix(".orig")
    if not (src / plain).exists() and not (src / f"{plain}.new").exists():
        message = f"src/{plain} is gone, and src/{name} is there"
        raise GuildError(message, hint=f"copy src/{name} to src/{plain}, and edit that")
    message = f"src/{first} is not what was laid out, and src/{name} is the untouched copy of src/{plain}"
    raise GuildError(message, hint=f"edit src/{plain}; remove src/{name} if it holds nothing of yours")


def _from_copy(
    src: Path, copy: str, known: Mapping[str, Seen], in_place: Mapping[str, Path | None]
) -> dict[str, Path | None]:
    """Compare ``NAME.new`` with what ``NAME`` was."""
    name = copy.removesuffix(".new")
    root = src / copy
    if root.is_symlink() or not root.is_dir():
        return {name: root}
    there = {f"{name}/{os.fsdecode(entry.path)}": entry for entry in scan(root) if entry.kind != "dir"}
    passed = [path for path in there if "__pycache__" in path.split("/") or LEFTOVER.search(path)]
    changes: dict[str, Path | None] = {
        path: root / path.removeprefix(f"{name}/")
        for path, entry in there.items()
        if path not in passed and not _is_same(entry, known.get(path))
    }
    below = [path for path in known if path.startswith(f"{name}/") or path == name]
    changes |= {path: None for path in below if path not in there}
    if (src / name).exists() and any(
        _content(place) != _content(changes.get(path)) for path, place in in_place.items()
    ):
        message = f"both src/{name} and src/{copy} were edited"
        raise GuildError(message, hint="put the edits into one of them, and remove the other")
    return changes


def _content(place: Path | None) -> bytes | None:
    if place is None:
        return None
    return target_of(place) if place.is_symlink() else place.read_bytes()


def _is_same(entry: Entry, seen: Seen | None) -> bool:
    if seen is None or stat.S_ISLNK(seen.mode) != (entry.kind == "link"):
        return False
    return entry.sha256 == seen.sha256 and (entry.kind == "link" or entry.executable == bool(seen.mode & 0o100))


def _refuse_odd(changes: Mapping[str, Path | None]) -> None:
    for path, place in changes.items():
        if place is not None and not stat.S_ISREG(mode := place.lstat().st_mode) and not stat.S_ISLNK(mode):
            raise GuildError(f"src/{path} is neither a file nor a link", hint="remove it")
