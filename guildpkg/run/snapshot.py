"""The source code of a run: which files are taken and why, and their copies below the run's folder.

In: a folder and rules. Out: a plan with a reason for every path looked at (``--test-snapshot`` shows it), and, once it
is laid, ``source/`` with read-only files that are hard links into ``$GUILD_HOME/blobs``, which runs with the same
content share, where the file system has hard links; else copies. Links in the project are taken as what they point to,
if that lies inside.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Entry, Sha256, tree_digest
from guildpkg.core.runs.record import SourceRow
from guildpkg.core.words import in_bytes
from guildpkg.lean import dataclass
from guildpkg.run.worktree import git_files, has
from guildpkg.stores.runs_blobs import Blobs

LARGEST: Final = 1 << 20
"""Bytes of a file that is still taken without being asked for."""
MOST: Final = 100
"""Files that are taken without being asked for."""
MOST_SEEN: Final = 20_000
"""Paths that are looked at."""
UNSEEN: Final = "..."
"""What stands for the paths that were not looked at."""
_FOLDERS: Final = {"__pycache__", "node_modules", "runs", "site-packages"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether a path is taken.

    Attributes:
        path: Relative to the folder, ``/`` between the parts; a folder that is not entered ends with ``/``.
        taken: Whether it is.
        why: The rule that decided.
        size: Bytes; 0 for folders.
    """

    path: str
    taken: bool
    why: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a snapshot of a folder takes, with a choice for each path looked at, in the order of the look."""

    folder: Path
    choices: tuple[Choice, ...]

    @property
    def taken(self) -> tuple[Choice, ...]:
        """Those that are taken."""
        return tuple(choice for choice in self.choices if choice.taken)


def plan_snapshot(folder: Path, rules: Sequence[tuple[str, str]] = (), *, most: int = MOST) -> Plan:
    """Decide what a snapshot takes; nothing is written.

    Args:
        folder: The folder of the source code.
        rules: ``include`` or ``exclude`` and a glob each, over paths with ``/``, or over the last part of a path where
            the glob has no ``/``. The last one that matches decides, before all other rules, limits included.
        most: Files that are taken without a rule that includes them.
    """
    listed = git_files(folder)
    choices: list[Choice] = []
    count = 0
    for path, is_folder in _walk(folder, rules, choices):
        shown = path.relative_to(folder).as_posix()
        if is_folder:
            continue
        choice = _choose(path, shown, rules, listed, crowded="" if count < most else f"more than {most:,} files")
        count += choice.taken
        choices.append(choice)
        if len(choices) >= MOST_SEEN:
            choices.append(Choice(UNSEEN, False, f"more than {MOST_SEEN} paths: the rest was not looked at"))
            break
    return Plan(folder, tuple(choices))


def _walk(folder: Path, rules: Sequence[tuple[str, str]], choices: list[Choice]) -> Iterator[tuple[Path, bool]]:
    """Yield files level by level, so that the limit on their number cuts off the deepest; note what is not entered."""
    level = [folder]
    while level:
        below: list[Path] = []
        for place in level:
            try:
                items = sorted(os.scandir(place), key=lambda item: item.name)
            except OSError as error:
                choices.append(Choice(f"{place.relative_to(folder).as_posix()}/", False, str(error.strerror)))
                continue
            for item in items:
                path = Path(item.path)
                if not item.is_dir(follow_symlinks=False):
                    yield path, False
                elif why := _closed(path, path.relative_to(folder).as_posix(), rules):
                    choices.append(Choice(f"{path.relative_to(folder).as_posix()}/", False, why))
                else:
                    below.append(path)
        level = below


def _closed(path: Path, shown: str, rules: Sequence[tuple[str, str]]) -> str:
    """Say why a folder is not entered; empty when it is."""
    decided = _ruled(shown, rules)
    if decided:
        return "" if decided.startswith("include") else f"rule: {decided}"
    if any(action == "include" and pattern.startswith(f"{shown}/") for action, pattern in rules):
        return ""
    if path.name.startswith("."):
        return "hidden"
    if path.name in _FOLDERS:
        return "never source code"
    return "a virtual environment" if (path / "pyvenv.cfg").exists() else ""


def _choose(
    path: Path, shown: str, rules: Sequence[tuple[str, str]], listed: frozenset[str] | None, *, crowded: str
) -> Choice:
    """Decide about one file."""
    try:
        size = path.stat().st_size
    except OSError as error:
        return Choice(shown, False, f"cannot be read: {error.strerror}")
    if not path.is_file():
        return Choice(shown, False, "not a file")
    root = path.parents[shown.count("/")]
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return Choice(shown, False, "a link that leads out of the folder", size)
    if decided := _ruled(shown, rules):
        return Choice(shown, decided.startswith("include"), f"rule: {decided}", size)
    why = _refused(path.name, shown, size, listed) or crowded
    return Choice(shown, not why, why or "source code", size)


def _refused(name: str, shown: str, size: int, listed: frozenset[str] | None) -> str:
    if name.startswith("."):
        return "hidden"
    if name.endswith((".pyc", ".pyo")):
        return "compiled"
    if listed is not None and not has(listed, shown):
        return "ignored by git"
    return f"larger than {in_bytes(LARGEST)}" if size >= LARGEST else ""


def _ruled(shown: str, rules: Sequence[tuple[str, str]]) -> str:
    """Give the rule that decides about a path; empty when none does."""
    for action, pattern in reversed(rules):
        subject = shown if "/" in pattern else shown.rpartition("/")[2]
        if fnmatch.fnmatchcase(subject, pattern):
            return f"{action} {pattern}"
    return ""


def lay_snapshot(plan: Plan, blobs: Blobs, run: Path) -> SourceRow:
    """Copy what a plan takes to ``source/`` below a run's folder.

    Args:
        plan: What is taken.
        blobs: The shared contents.
        run: The run's folder, which nobody else sees yet.

    Returns:
        What the record is to say: the digest is that of the tree list (`core.digests.tree_digest`).

    Raises:
        DiskFull: There is no room.
    """
    entries: list[Entry] = []
    for choice in plan.taken:
        origin = plan.folder / choice.path
        try:
            kept = blobs.keep(origin)
        except FileNotFoundError:
            continue
        blobs.link(kept, run / "source" / choice.path)
        entries.append(Entry(os.fsencode(choice.path), "file", kept.executable, kept.size, Sha256(kept.sha256)))
    return SourceRow(tree_digest(entries), len(entries), sum(entry.size for entry in entries))
