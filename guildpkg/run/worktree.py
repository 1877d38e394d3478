"""What git says of the files of a folder, and whether it has to be asked: a run does without it where it has not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from guildpkg.errors import GuildError
from guildpkg.system.process.start import run as run_program

_TIMEOUT: Final = 30.0
_LIST: Final = ("ls-files", "-co", "--exclude-standard", "-s", "-t", "-z")
"""``TAG MODE ID STAGE<tab>PATH`` for what is known, ``? PATH`` for what would be added."""
_SUBMODULE: Final = b"160000"


def _below_git(folder: Path) -> bool:
    """Tell whether a folder may lie in a git work tree."""
    place = folder.resolve()
    return any((parent / ".git").exists() for parent in (place, *place.parents))


def in_worktree(folder: Path) -> bool:
    """Tell whether a folder belongs to a git work tree; one that a repository further out ignores does not."""
    if not _below_git(folder):
        return False
    return (folder / ".git").exists() or _git(folder, "check-ignore", "--no-index", "-q", ".") is None


def git_files(folder: Path) -> frozenset[str] | None:
    """Give what git knows or would add below a folder; repositories inside of it answer for themselves.

    Returns:
        Paths of files, ``/`` between the parts, and with ``/`` at the end the folders about which git cannot tell.
        None where it has no say: outside of git, and where a repository further out ignores the whole folder.
    """
    return (_listed(folder, "") or None) if in_worktree(folder) else None


def has(listed: frozenset[str], path: str) -> bool:
    """Tell whether what `git_files` gave holds a path."""
    ends = (place for place, letter in enumerate(path) if letter == "/")
    return path in listed or any(path[: end + 1] in listed for end in ends)


def _listed(folder: Path, before: str) -> frozenset[str]:
    """List a folder and the repositories inside; paths begin with *before*."""
    answer = _git(folder, *_LIST)
    if answer is None:
        return frozenset([before]) if before else frozenset()
    found: set[str] = set()
    for line in filter(None, answer.split(b"\0")):
        tag, _, rest = line.partition(b" ")
        facts, _, known = rest.partition(b"\t")
        name = os.fsdecode(rest if tag == b"?" else known)
        if name.endswith("/") or (tag != b"?" and facts.startswith(_SUBMODULE)):
            inner = name.rstrip("/")
            inside = (folder / inner / ".git").exists()
            found |= _listed(folder / inner, f"{before}{inner}/") if inside else {f"{before}{inner}/"}
        else:
            found.add(before + name)
    return frozenset(found)


def _git(folder: Path, *words: str) -> bytes | None:
    """Ask git; None when it cannot tell, or says no."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    quiet = ["git", "-c", "core.fsmonitor=false", *words]
    try:
        done = run_program(quiet, cwd=folder, env={**kept, "LC_ALL": "C"}, timeout=_TIMEOUT)
    except GuildError:
        return None
    return None if done.returncode or done.cut or done.timed_out else done.stdout
