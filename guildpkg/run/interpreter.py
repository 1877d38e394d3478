"""What an interpreter would find: its version and the packages on its path.

An interpreter is asked once for its path, which takes two processes, and the answer is kept in
``$GUILD_HOME/cache`` until something changes that decides it: the program itself, its ``pyvenv.cfg``, a
folder of packages or a ``.pth`` file there. The packages are looked up anew each time. The cache may be deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from guildpkg.core.digests import sha256
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.system.disk import write_atomically
from guildpkg.system.process.start import run as run_program

_TIMEOUT: Final = 60.0
_ASK: Final = """
import json, os, sys
print(json.dumps([sys.version.split()[0], [os.path.abspath(folder) for folder in sys.path if folder]]))
"""
_DECIDE: Final = ("HOME", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPLATLIBDIR", "PYTHONUSERBASE")
"""The variables that decide what is on the path; PYTHONPATH comes before it, and is new for each run."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an interpreter said: its version, and the folders that it imports from."""

    version: str
    folders: tuple[str, ...]


def packages_of(interpreter: str, env: Mapping[str, str], cache: Path) -> dict[str, object]:
    """Give the version of an interpreter and the packages that it would find; nothing is imported for that.

    Args:
        interpreter: Path of the program; empty for none.
        env: What is added to its environment, as far as that is recorded.
        cache: The folder for answers; made when needed.

    Returns:
        ``python`` and ``packages`` (version by name); nothing without an interpreter.

    Raises:
        GuildError: It cannot be started.
        ValueError: It says something else.
    """
    if not interpreter:
        return {}
    deciding = [interpreter, *(f"{name}={env[name]}" for name in _DECIDE if name in env)]
    place = cache / f"interpreter-{sha256(json.dumps(deciding).encode())}.json"
    answer = _remembered(place) or _ask(interpreter, env, place)
    first = (folder for folder in env.get("PYTHONPATH", "").split(os.pathsep) if folder)
    return {"python": answer.version, "packages": _listed((*first, *answer.folders))}


def _remembered(place: Path) -> _Answer | None:
    """Give an answer of before, if nothing that decides it has changed."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(place.read_bytes())
        if all(_changed(path) == at for path, at in kept["seen"].items()):
            return _Answer(str(kept["version"]), tuple(kept["folders"]))
    return None


def _ask(interpreter: str, env: Mapping[str, str], place: Path) -> _Answer:
    """Ask, and remember the answer unless something has just changed."""
    begun = time.time_ns()
    base = {"PATH": os.defpath, **{name: value for name, value in env.items() if name != "PYTHONPATH"}}
    done = run_program([interpreter, "-c", _ASK], cwd=Path("/"), env=base, timeout=_TIMEOUT)
    version, folders = json.loads(done.stdout)
    answer = _Answer(str(version), tuple(map(str, folders)))
    seen = {path: _changed(path) for path in _deciding(interpreter, answer.folders)}
    if max(seen.values()) < begun:
        with contextlib.suppress(GuildError, OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            facts = {"version": answer.version, "folders": answer.folders, "seen": seen}
            write_atomically(place, json.dumps(facts).encode())
    return answer


def _deciding(interpreter: str, folders: tuple[str, ...]) -> list[str]:
    """Name the files and folders of which a change may give another answer."""
    paths = [interpreter, str(Path(interpreter).parents[1] / "pyvenv.cfg")]
    for folder in folders:
        if folder.endswith("-packages"):
            paths += [folder, *(f"{folder}/{name}" for name in _names(folder) if name.endswith(".pth"))]
    return paths


def _changed(path: str) -> int:
    """Say when a file or folder last changed, nanoseconds since the epoch; 0 when it is not there."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a path as the interpreter wrote it
    except OSError:
        return 0


def _listed(folders: tuple[str, ...]) -> dict[str, str]:
    """Give the packages in folders, version by name; the first folder that has one counts."""
    found: dict[str, str] = {}
    for folder in folders:
        for entry in _names(folder):
            stem, ending = os.path.splitext(entry)  # noqa: PTH122 - thousands of names
            name, _, version = stem.partition("-")
            if ending in (".dist-info", ".egg-info") and version:
                found.setdefault(name.replace("_", "-").lower(), version.partition("-py")[0])
    return found


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a list of names
    except OSError:
        return []
