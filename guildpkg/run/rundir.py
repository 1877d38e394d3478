"""RUNDIR while the script has it: was it deleted, and which line of the script did it?

Nothing is written there while the script runs: one that deletes it and makes it again would lose a race against us.
An open descriptor tells a deleted folder from one that was made in its place, as its inode stays ours.
"""

from __future__ import annotations

import ast
import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.events import Reporter, Warn
from guildpkg.lean import dataclass

_DELETERS: Final = {"rmtree", "DeleteRecursively", "delete_recursively", "rmdir", "removedirs"}
_MOST_FILES: Final = 500
_LARGEST: Final = 1 << 20
_SHOWN: Final = 3


@dataclass(slots=True)
class RunDir:
    """RUNDIR under watch.

    Attributes:
        path: Where it lies.
        descriptor: The folder as it was at the start.
        sources: Folders with the Python files to explain a deletion from.
        warned: True when it was deleted, and that was said.
    """

    path: Path
    descriptor: int
    sources: Sequence[Path]
    warned: bool = False

    def look(self, report: Reporter) -> None:
        """Say once when it has been deleted, also if there is another one by now."""
        if not self.warned and os.fstat(self.descriptor).st_nlink == 0:
            self.warned = True
            report(Warn(self._explain()))

    def close(self, report: Reporter) -> None:
        """Look a last time; the script has ended: when the folder is missing, make it again for who looks for it."""
        self.look(report)
        os.close(self.descriptor)
        with contextlib.suppress(OSError):
            self.path.mkdir(exist_ok=True)

    def _explain(self) -> str:
        text = f"the script deleted RUNDIR ({self.path}); the run goes on and its record is whole"
        found = list(find_deleters(self.sources))
        if not found:
            return f"{text}, but the resources and files that were there are gone"
        places = ", ".join(f"{path}:{line}" for path, line in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return f"{text}; patch the line that deletes it: {places}{more}"


def watch_rundir(path: Path, sources: Sequence[Path]) -> RunDir:
    """Begin to watch RUNDIR, which exists."""
    return RunDir(path, os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), sources)


def find_deleters(folders: Sequence[Path]) -> Iterator[tuple[Path, int]]:
    """Find the calls that delete whole folders in the Python files below *folders*: file and line of each."""
    for number, path in enumerate(path for folder in folders for path in _python_files(folder)):
        if number >= _MOST_FILES:
            return
        with contextlib.suppress(OSError):
            if path.stat().st_size <= _LARGEST:
                yield from ((path, line) for line in deleting_lines(path.read_bytes()))


def deleting_lines(code: bytes) -> list[int]:
    """Give the lines (from 1) that call something which deletes whole folders."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python 2, mostly: better a guess than nothing
        calls = [f"{name}(".encode() for name in _DELETERS]
        lines = enumerate(code.splitlines(), 1)
        return [n for n, line in lines if any(call in line.partition(b"#")[0] for call in calls)]
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in _DELETERS)
    return sorted({node.lineno for node in found})


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _python_files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n not in ("__pycache__", "site-packages"))
        if (Path(place) / "pyvenv.cfg").exists():
            folders.clear()
            continue
        yield from (Path(place, name) for name in sorted(files) if name.endswith(".py"))
