"""What a run ran on, looked up while it runs: the machine, the packages of its interpreter, the state of its project.

In: a run and its record. Out: ``attrs.json`` with ``system``, ``packages`` and ``vcs``, and ``vcs.patch`` with what
was not committed. What cannot be had is left out: nothing here may disturb the run.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Final

from guildpkg.core.runs.record import RunRecord
from guildpkg.errors import GuildError
from guildpkg.run.gpus import open_gpus
from guildpkg.run.interpreter import packages_of
from guildpkg.run.worktree import in_worktree
from guildpkg.stores.runs_folder import Run
from guildpkg.system.disk import write_atomically
from guildpkg.system.process.start import run as run_program

LARGEST_DIFF: Final = 4 << 20
"""Bytes; a larger diff is not kept."""
_TIMEOUT: Final = 60.0


def collect(run: Run, record: RunRecord) -> None:
    """Look everything up and write it down.

    Args:
        run: The run.
        record: Its record.
    """
    # what is at hand is written before anything is asked that may take long: guild may be killed meanwhile
    system = machine_attrs()
    attrs: dict[str, object] = {"schema": 1, "system": system}
    _write(run, attrs)
    with contextlib.suppress(GuildError, OSError, ValueError), open_gpus() as gpus:
        system.update(gpus.describe())
    with contextlib.suppress(GuildError, OSError, ValueError):
        attrs.update(packages_of(record.interpreter, record.env, run.home / "cache"))
    with contextlib.suppress(GuildError, OSError, ValueError):
        if record.project and (state := vcs_of(Path(record.project), run.path / "vcs.patch")):
            attrs["vcs"] = state
    _write(run, attrs)


def _write(run: Run, attrs: dict[str, object]) -> None:
    with contextlib.suppress(GuildError, OSError):
        write_atomically(run.path / "attrs.json", json.dumps(attrs, indent=1).encode() + b"\n")


def machine_attrs() -> dict[str, str]:
    """Describe the machine without its GPUs: ``cpu_model cpu_cores mem_total platform``."""
    facts = {"platform": _platform(), "cpu_model": _cpu_model(), "cpu_cores": str(os.cpu_count() or 0)}
    with contextlib.suppress(ValueError, OSError):
        facts["mem_total"] = f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 20} MB"
    return facts


def _platform() -> str:
    """Give what `platform.platform` does; that one starts a program and reads through the interpreter for it."""
    with contextlib.suppress(ValueError, OSError):
        about, library = os.uname(), (os.confstr("CS_GNU_LIBC_VERSION") or "").replace(" ", "")
        if library:
            return f"{about.sysname}-{about.release}-{about.machine}-with-{library}"
    import platform

    return platform.platform()


def _cpu_model() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return os.uname().machine


def vcs_of(project: Path, diff: Path) -> dict[str, object]:
    """Say which commit a project is at, and keep what was changed since.

    Args:
        project: A folder in a git work tree, or not.
        diff: Where the changes are written, if there are any.

    Returns:
        ``commit``, ``dirty``, and ``diff`` where there is one; nothing outside of git, and nothing where a repository
        further out ignores the project: its commit says nothing about it.
    """
    if not in_worktree(project):
        return {}
    state = _git(project, "status", "--porcelain=v2", "--branch", "--", ".").splitlines()
    commit = next((line.split()[2].decode() for line in state if line.startswith(b"# branch.oid ")), "(initial)")
    if commit == "(initial)":
        return {}
    dirty = any(not line.startswith(b"# ") for line in state)
    facts: dict[str, object] = {"commit": commit, "dirty": dirty}
    if dirty:
        changes = _git(project, "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "HEAD", "--", ".")
        if 0 < len(changes) <= LARGEST_DIFF:
            write_atomically(diff, changes)
            facts["diff"] = diff.name
    return facts


def _git(folder: Path, *words: str) -> bytes:
    """Ask git about a work tree; empty when there is none, or no git."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    env = {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    quiet = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *words]
    with contextlib.suppress(GuildError):
        done = run_program(quiet, cwd=folder, env=env, timeout=_TIMEOUT, keep=LARGEST_DIFF + 1)
        return done.stdout if done.returncode == 0 else b""
    return b""
