"""Apply a series of patches to a scratch tree.

In: a folder that nobody else uses, patches in their order. Out: what was touched and where hunks moved. Raises
`PatchError`; the caller throws the scratch tree away then, so nothing half-applied is ever seen.

`git apply` decides and writes: it refuses fuzz, escaping paths and writes through links, and one call is atomic.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from guildpkg.core.diffs import NOTHING, FileDiff, read_diffs, without
from guildpkg.core.events import Detail, Reporter, Step
from guildpkg.errors import PatchError
from guildpkg.system.process import run

_CONTEXT_DIFF = re.compile(rb"^\*\*\* .+\r?\n--- .+\r?\n\*{15}", re.MULTILINE)
_NORMAL_DIFF = re.compile(rb"^\d+(?:,\d+)?[acd]\d+(?:,\d+)?\r?\n[<>] ", re.MULTILINE)
_ED_SCRIPT = re.compile(rb"^\d+(?:,\d+)?[acd]\r?\n(?:.*\n)*?\.\r?\n", re.MULTILINE)
_MOST_PARTS = 16
"""Leading parts of a name that are tried as a prefix."""
_OFFSET = re.compile(r"Hunk #(\d+) succeeded at (\d+) \(offset (-?\d+) lines?\)")
_CHECKING = re.compile(r"Checking patch (.+)\.\.\.")


@dataclass(frozen=True, slots=True)
class Applied:
    """A patch that is in the tree now.

    Attributes:
        name: File name of the patch.
        files: Paths that it names, relative to the tree.
        offsets: Lines by which each moved hunk was found off its place, with the file: ``a.py: hunk 2 at 31 (+3)``.
    """

    name: str
    files: tuple[str, ...]
    offsets: tuple[str, ...]


def apply_patches(
    tree: Path, patches: Mapping[str, bytes], *, git_env: Mapping[str, str], report: Reporter
) -> list[Applied]:
    """Apply patches one after the other.

    Args:
        tree: The scratch tree; after an error it is in an unknown state and must be thrown away.
        patches: Content by name, in the order in which they are applied.
        git_env: Environment for git; only PATH matters.
        report: Told about each patch, and about hunks that were found off their place.

    Raises:
        PatchError: A patch does not apply exactly, or is of a kind that is refused.
    """
    return [_apply(tree, name, data, git_env, report) for name, data in patches.items()]


def _apply(tree: Path, name: str, data: bytes, git_env: Mapping[str, str], report: Reporter) -> Applied:
    report(Step(f"Applying {name}"))
    strip = _strip_level(tree, name, data)
    # git apply does nothing, silently, inside somebody else's repository: the ceiling keeps it from finding one
    env = {
        "PATH": git_env.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "GIT_CEILING_DIRECTORIES": str(tree.resolve().parent),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    argv = ["git", "apply", "-v", "--whitespace=nowarn", f"-p{strip}", "-"]
    finished = run(argv, cwd=tree, env=env, stdin=data)
    said = finished.stderr.decode("utf-8", "replace")
    if finished.returncode != 0:
        raise PatchError(f"{name} does not apply:\n{_explain(said)}", hint=_hint(said))
    if "Skipped patch" in said:
        raise PatchError(f"{name} was skipped by git:\n{_explain(said)}")
    applied = Applied(name, tuple(_CHECKING.findall(said)), tuple(_offsets(said)))
    for offset in applied.offsets:
        report(Detail(offset))
    return applied


def _strip_level(tree: Path, name: str, data: bytes) -> int:
    """Find how many leading parts the names of a patch have too many; refuse kinds that are no unified diff."""
    diffs = read_diffs(data)
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
    return _fitting_level(tree, diffs)


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


def _fitting_level(tree: Path, diffs: Sequence[FileDiff]) -> int:
    """Look which level leads to what is there: to the files that change, else to the folders of those that are new."""
    changed = [diff.names for diff in diffs if diff.old not in (b"", NOTHING)]
    created = [diff.names for diff in diffs if diff.old == NOTHING]
    for level in range(_MOST_PARTS):
        if changed and all(any(_is_there(tree, without(name, level)) for name in names) for names in changed):
            return level
    for level in range(_MOST_PARTS):
        folders = [without(name, level).rpartition(b"/")[0] for names in created for name in names]
        if not changed and any(folder and _is_there(tree, folder) for folder in folders):
            return level
    return 0


def _is_there(tree: Path, path: bytes) -> bool:
    return bool(path) and b"\0" not in path and os.path.lexists(tree / os.fsdecode(path))


def _offsets(said: str) -> list[str]:
    found: list[str] = []
    file = ""
    for line in said.splitlines():
        if checking := _CHECKING.match(line):
            file = checking[1]
        elif moved := _OFFSET.match(line):
            found.append(f"{file}: hunk {moved[1]} applied at line {moved[2]}, {int(moved[3]):+d} from its place")
    return found


def _explain(said: str) -> str:
    errors = [line.removeprefix("error: ") for line in said.splitlines() if line.startswith("error: ")]
    errors = [line for line in errors if line != "while searching for:"]
    return "\n".join(f"  {line}" for line in (errors or said.splitlines())[:20])


def _hint(said: str) -> str:
    if "No such file or directory" in said:
        return "paths in a patch begin at src/; does it belong to this source?"
    return "make it again from the source as it is now, or pin the commit it was made for"
