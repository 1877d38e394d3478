"""What a patch names, and how many leading parts its names have too many: read, never applied.

In: its bytes, and a way to look what is in the tree. Out: a strip level, raw paths. Raises `PatchError` for kinds that
are no unified diff, for absolute names, and for insertions that do not say where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NoReturn

from guildpkg.core.patches.diffs import NOTHING, FileDiff, name_of, read_diffs, without
from guildpkg.errors import PatchError
from guildpkg.lean import dataclass

IsThere = Callable[[bytes], bool]
"""Tells whether there is a file or folder at a raw path."""

_CONTEXT_DIFF = re.compile(rb"^\*\*\* .+\r?\n--- .+\r?\n\*{15}", re.MULTILINE)
_NORMAL_DIFF = re.compile(rb"^\d+(?:,\d+)?[acd]\d+(?:,\d+)?\r?\n[<>] ", re.MULTILINE)
_ED_SCRIPT = re.compile(rb"^\d+(?:,\d+)?[acd]\r?\n(?:.*\n)*?\.\r?\n", re.MULTILINE)
_GIT_NAMES = re.compile(rb"^(?:rename (?:from|to)|copy (?:from|to)) (.+?)\r?$", re.MULTILINE)
_GIT_HEAD = re.compile(rb'^diff --git (?:"?a/(.+?)"? "?b/\1"?|(\S+) (\S+))\r?$')
_GIT_MODE = re.compile(rb"^(?:new file mode|new mode|old mode|deleted file mode) ([0-7]{1,12})\r?$")
_KINDS = {0o160000: "a submodule", 0o020000: "a device", 0o060000: "a device", 0o010000: "a pipe", 0o140000: "a socket"}
_MOST_PARTS = 16
"""Leading parts of a name that are tried as a prefix."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a patch says.

    Attributes:
        strip: Leading parts of its names that are none of ours, as ``-p`` of `git apply` has it.
        diffs: Its files.
        paths: The paths that it touches, without those parts.
    """

    strip: int
    diffs: tuple[FileDiff, ...]
    paths: tuple[bytes, ...]


def read_patch(name: str, data: bytes, is_there: IsThere) -> Read:
    """Read a patch.

    Args:
        name: Its file name, for messages.
        data: Its bytes.
        is_there: Looks into the tree that it is for.

    Raises:
        PatchError: It is of a kind that is refused.
    """
    diffs = read_diffs(data)
    strip = _strip_level(name, data, diffs, is_there)
    lines = data.split(b"\n")
    ends = [diff.line - 1 for diff in diffs[1:]] + [len(lines)]
    found: dict[bytes, None] = {}
    for diff, end in zip(diffs, ends, strict=True):
        _refuse_modes(name, lines, range(diff.line, diff.hunks[0].line - 1 if diff.hunks else end))
        names = diff.names or _names_of_head(lines[diff.line - 1 : end])
        found.update(dict.fromkeys(path for item in names if (path := without(item, strip))))
    return Read(strip, diffs, tuple(found))


def _refuse_modes(name: str, lines: Sequence[bytes], head: range) -> None:
    """Refuse what is neither file nor link, and the bits that let a program run as somebody else."""
    for number in head:
        if (found := _GIT_MODE.match(lines[number])) is None:
            continue
        mode = int(found[1], 8)
        if mode & ~0o7777 not in (0o100000, 0o120000) or mode & 0o7000:
            kind = _KINDS.get(mode & ~0o7777, "a file with bits that are refused")
            message = f"{name}:{number + 1} is about {kind} (mode {found[1].decode()})"
            raise PatchError(message, hint="patches change files, programs and symbolic links: take that part out")


def _names_of_head(lines: Sequence[bytes]) -> tuple[bytes, ...]:
    """Read the names that stand in git's own header only: renames, changes of mode, binaries, empty files."""
    moved = _GIT_NAMES.findall(b"\n".join(lines[:12]))
    if moved:
        return tuple(b"a/" + name_of(item) for item in moved)
    head = _GIT_HEAD.match(lines[0])
    if head is None:
        return ()
    return (b"a/" + name_of(b'"' + head[1] + b'"' if b"\\" in head[1] else head[1]),) if head[1] else (head[2],)


def _strip_level(name: str, data: bytes, diffs: Sequence[FileDiff], is_there: IsThere) -> int:
    """Find how many leading parts the names of a patch have too many; refuse kinds that are no unified diff."""
    if not any(diff.is_git or diff.hunks for diff in diffs):
        _refuse_kind(name, data)
    for hunk in (hunk for diff in diffs for hunk in diff.hunks if hunk.is_without_context):
        message = f"{name}:{hunk.line} inserts lines without any context, so that nobody can tell where"
        raise PatchError(message, hint="make it again with three lines of context, as `diff -u` and `git diff` do")
    names = [found for diff in diffs for found in diff.names]
    if any(found.startswith(b"/") for found in names):
        raise PatchError(f"{name} names absolute paths", hint="make it again from inside src/")
    if all(found.startswith((b"a/", b"b/")) for found in names):
        return 1
    return _fitting_level(is_there, diffs)


def _refuse_kind(name: str, data: bytes) -> NoReturn:
    if _CONTEXT_DIFF.search(data):
        kind = "is a context diff"
    elif _NORMAL_DIFF.search(data):
        kind = "is a normal diff without file names"
    elif _ED_SCRIPT.search(data):
        kind = "is a script for ed"
    else:
        kind = "has no unified diff in it"
    raise PatchError(f"{name} {kind}", hint="make it again with `diff -u` or `git diff`")


def _fitting_level(is_there: IsThere, diffs: Sequence[FileDiff]) -> int:
    """Look which level leads to what is there: to the files that change, else to the folders of those that are new."""
    changed = [diff.names for diff in diffs if diff.old not in (b"", NOTHING)]
    created = [diff.names for diff in diffs if diff.old == NOTHING]
    for level in range(_MOST_PARTS):
        if changed and all(any(_fits(is_there, without(name, level)) for name in names) for names in changed):
            return level
    for level in range(_MOST_PARTS):
        folders = [without(name, level).rpartition(b"/")[0] for names in created for name in names]
        if not changed and any(_fits(is_there, folder) for folder in folders):
            return level
    return 0


def _fits(is_there: IsThere, path: bytes) -> bool:
    return bool(path) and b"\0" not in path and is_there(path)
