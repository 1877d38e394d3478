"""Apply a series of patches to a scratch tree.

In: a folder that nobody else uses, patches in their order. Out: what was touched and where hunks moved. Raises
`PatchError`; the caller throws the scratch tree away then, so nothing half-applied is ever seen.

`git apply` decides and writes: it refuses fuzz, escaping paths and writes through links, and one call is atomic.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from guildpkg.core.events import Detail, Reporter, Step, Warn
from guildpkg.core.patches.diffs import name_of
from guildpkg.errors import PatchError
from guildpkg.lean import dataclass
from guildpkg.patches.explain import failing_hunk
from guildpkg.patches.places import Moved, before, doubtful
from guildpkg.patches.read import read_patch
from guildpkg.system.process.start import run

_OFFSET = re.compile(r"Hunk #(\d+) succeeded at (\d+) \(offset (-?\d+) lines?\)")
_FAILED = re.compile(r"^error: patch failed: (.+):(\d+)$", re.MULTILINE)
_CHECKING = re.compile(r"Checking patch (.+)\.\.\.")


@dataclass(frozen=True, slots=True)
class Applied:
    """A patch that is in the tree now.

    Attributes:
        name: File name of the patch.
        files: Paths that it names, relative to the tree.
        moved: Each hunk that was found off its place.
    """

    name: str
    files: tuple[str, ...]
    moved: tuple[Moved, ...]


def apply_patches(
    tree: Path, patches: Mapping[str, bytes], *, git_env: Mapping[str, str], report: Reporter
) -> list[Applied]:
    """Apply patches one after the other.

    Args:
        tree: The scratch tree; after an error it is in an unknown state and must be thrown away.
        patches: Content by name, in the order in which they are applied.
        git_env: Environment for git; only PATH matters.
        report: Told about each patch, about hunks that were found off their place, and warned of those among them that
            could as well have been found elsewhere.

    Raises:
        PatchError: A patch does not apply exactly, or is of a kind that is refused.
    """
    return [_apply(tree, name, data, git_env, report) for name, data in patches.items()]


def _apply(tree: Path, name: str, data: bytes, git_env: Mapping[str, str], report: Reporter) -> Applied:
    report(Step(f"Applying {name}"))
    read = read_patch(name, data, partial(_is_there, tree))
    # git apply does nothing, silently, inside somebody else's repository: the ceiling keeps it from finding one
    env = {
        "PATH": git_env.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "GIT_CEILING_DIRECTORIES": str(tree.resolve().parent),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    argv = ["git", "apply", "-v", "--whitespace=nowarn", f"-p{read.strip}", "-"]
    found = before(tree, read)
    finished = run(argv, cwd=tree, env=env, stdin=data)
    said = finished.stderr.decode("utf-8", "replace")
    if finished.returncode != 0:
        failed = _FAILED.search(said)
        beside = failing_hunk(tree, name, data, read, (failed[1], int(failed[2]))) if failed else []
        raise PatchError("\n  ".join([f"{name} does not apply:\n{_explain(said)}", *beside]), hint=_hint(said))
    if "Skipped patch" in said:
        raise PatchError(f"{name} was skipped by git:\n{_explain(said)}")
    applied = Applied(name, tuple(map(os.fsdecode, read.paths)), tuple(_moved(said)))
    for moved in applied.moved:
        report(Detail(str(moved)))
    for doubt in doubtful(found, data, read, applied.moved):
        report(Warn(f"{name}: {doubt}; see whether it is where it belongs"))
    return applied


def _is_there(tree: Path, path: bytes) -> bool:
    return os.path.lexists(tree / os.fsdecode(path))


def _moved(said: str) -> Iterator[Moved]:
    file = ""
    for line in said.splitlines():
        if checking := _CHECKING.match(line):
            file = os.fsdecode(name_of(os.fsencode(checking[1])))
        elif moved := _OFFSET.match(line):
            yield Moved(file, int(moved[1]), int(moved[2]), int(moved[3]))


def _explain(said: str) -> str:
    errors = [line.removeprefix("error: ") for line in said.splitlines() if line.startswith("error: ")]
    errors = [line for line in errors if line != "while searching for:"]
    return "\n".join(f"  {line}" for line in (errors or said.splitlines())[:20])


def _hint(said: str) -> str:
    if "No such file or directory" in said:
        return "paths in a patch begin at src/; does it belong to this source?"
    return (
        "it was made for other files than these: bring back the source that it fits and let `guild patch refresh` move "
        "it, or take it out of patches and make it again with `guild patch begin` and `guild patch save`"
    )
