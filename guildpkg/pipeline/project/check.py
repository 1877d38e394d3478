"""What ``guild check`` finds out: the machine, and the project that the user stands in."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from guildpkg.errors import Fault
from guildpkg.lean import dataclass
from guildpkg.pipeline.project.here import examine_project
from guildpkg.version import VERSION

_LIBRARIES = ("psutil", "PyYAML", "numpy", "tensorflow", "tensorboard")
_TOOLS = ("git", "bwrap", "uv", "nvidia-smi")
_NEEDED = ("psutil", "PyYAML", "git")
MISSING = "not installed"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found.

    Attributes:
        machine: Name and value, in the order in which they are shown.
        missing: Names in *machine* that guild cannot do without.
        files: The project files; empty when the user stands in no project.
        faults: What is wrong in them.
        warnings: What is odd in them.
    """

    machine: Mapping[str, str]
    missing: tuple[str, ...]
    files: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether everything can be worked with."""
        return not self.faults and not self.missing


def check(cwd: Path, home: Path, env: Mapping[str, str], *, directory: str = "", project_file: str = "") -> Checked:
    """Look at the machine and at the project.

    Args:
        cwd: Where the user stands.
        home: ``$GUILD_HOME``.
        env: The caller's environment, for ``PATH``.
        directory: ``-P DIR``.
        project_file: ``--project-file FILE``.

    Raises:
        NoProject: A folder or file was named, and there is no project.
    """
    machine, missing = _machine(home, env)
    examined = examine_project(cwd, directory=directory, project_file=project_file)
    if examined is None:
        return Checked(machine, missing)
    files = examined.project.files if examined.project else tuple(sorted({f.where.file for f in examined.faults}))
    return Checked(machine, missing, files, examined.faults, examined.warnings)


def _machine(home: Path, env: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    found = {
        "guild_version": VERSION,
        "guild_home": str(home),
        "python_version": platform.python_version(),
        "python_exe": sys.executable,
        "platform": platform.platform(),
    }
    for name in _LIBRARIES:
        found[f"{name.lower()}_version"] = _version(name)
    for name in _TOOLS:
        found[name] = shutil.which(name, path=env.get("PATH", "")) or MISSING
    needed = {name if name in _TOOLS else f"{name.lower()}_version" for name in _NEEDED}
    return found, tuple(name for name, value in found.items() if name in needed and value == MISSING)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return MISSING
