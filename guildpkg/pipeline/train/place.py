"""Where an operation runs: its interpreter, its working directory, its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.project.flag_args import flag_variables
from guildpkg.core.project.flags import FlagValue
from guildpkg.core.project.model import Operation, Project, PythonModule
from guildpkg.core.project.variables import fill
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.run.gpus import open_gpus
from guildpkg.system.process.start import run

OF_RUN: Final = ("RUNDIR", "RUN_DIR", "RUN_ID")
"""Variables that name a run; `run.start` exports them."""
_ASK_VERSION: Final = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
_PATIENCE: Final = 30.0
WORK: Final = "work"
"""Folder of a run in which the tree of an installed package is copied for it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one run.

    Attributes:
        rundir: RUNDIR, perhaps not there yet.
        project: The project's folder as the script is to see it: of an installed package a private copy.
        cwd: Working directory.
    """

    rundir: str
    project: str
    cwd: str


def place_of(project: Project, operation: Operation, run: Path, *, tree: str = "", rundir: str = "") -> Place:
    """Say where an operation of a project runs.

    Args:
        project: The project.
        operation: One of its operations.
        run: The run's folder.
        tree: The folder of which the run gets a private copy, with the project in it; empty when it gets none.
        rundir: RUNDIR when it is not that of the run.
    """
    files = rundir or str(run / "files")
    folder = os.path.normpath(run / WORK / os.path.relpath(project.dir, tree)) if tree else project.dir
    return Place(files, folder, folder if operation.cwd_policy == "project" else files)


def tree_of(project: Project, operation: Operation) -> str:
    """Give the folder of which a run gets a copy: the package's, where it works in it, as that is read-only."""
    copied = bool(project.installed) and operation.cwd_policy == "project"
    return str(package_folder(project)) if copied else ""


def package_folder(project: Project) -> Path:
    """Give the folder of the installed package that a project belongs to."""
    known, place = Path(project.known_as), Path(project.dir)
    for known_folder, folder in zip((known, *known.parents), (place, *place.parents), strict=False):
        if known_folder.name == project.installed:
            return folder
    return Path(project.dir)


def interpreter_of(named: str, env: Mapping[str, str], cwd: Path, package: str = "") -> str:
    """Choose the Python that runs an operation.

    Args:
        named: ``--python``: a program, a path, or the folder of an environment; empty for none.
        env: The caller's environment.
        cwd: What a relative path is relative to.
        package: The interpreter of the installed package's own environment; empty when it has none.

    Raises:
        GuildError: There is no such interpreter.
    """
    if named:
        found = _named(named, env, cwd)
        if not found:
            raise GuildError(
                f"there is no Python at {named}", hint="--python takes a program or an environment's folder"
            )
        return found
    if package:
        return package
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if env.get(variable) and (found := _named(env[variable], env, cwd)):
            return found
    return sys.executable


def _named(named: str, env: Mapping[str, str], cwd: Path) -> str:
    path = cwd / Path(named).expanduser() if named.startswith("~") else cwd / named
    if path.is_dir():
        path = path / "bin" / "python"
    if path.is_file() and os.access(path, os.X_OK):
        return str(path)
    if "/" in named:
        return ""
    import shutil  # with three compressors, for the few who name their interpreter

    return shutil.which(named, path=env.get("PATH")) or ""


def check_python(operation: Operation, interpreter: str) -> None:
    """Refuse an interpreter that an operation does not want.

    Raises:
        GuildError: Its version is outside of the range, or it cannot be asked.
    """
    if not operation.python:
        return
    from packaging.specifiers import SpecifierSet

    said = run([interpreter, "-c", _ASK_VERSION], cwd=Path("/"), timeout=_PATIENCE).stdout.decode().strip()
    if not said or not SpecifierSet(operation.python).contains(said, prereleases=True):
        message = f"{operation.name} wants Python {operation.python}, and {interpreter} is {said or 'none'}"
        raise GuildError(message, hint="--python names another one")


def base_environment(env: Mapping[str, str], interpreter: str) -> dict[str, str]:
    """Give the environment that a run starts from: the caller's, with the programs of the interpreter's folder first.

    It is not recorded, as it may hold secrets.
    """
    folder = str(Path(interpreter).parent)
    paths = env.get("PATH", os.defpath).split(os.pathsep)
    return {**env, "PATH": os.pathsep.join([folder, *(path for path in paths if path != folder)])}


def gpu_variables(gpus: str | None, env: Mapping[str, str]) -> dict[str, str]:
    """Give ``GPU_COUNT``, and the variable that hides the other GPUs when *gpus* names some (or none)."""
    if gpus is not None:
        numbers = [number for number in gpus.replace(",", " ").split() if number]
        return {"GPU_COUNT": str(len(numbers)), "CUDA_VISIBLE_DEVICES": ",".join(numbers)}
    if "CUDA_VISIBLE_DEVICES" in env:
        return {
            "GPU_COUNT": str(len([n for n in env["CUDA_VISIBLE_DEVICES"].split(",") if n.strip() not in ("", "-1")]))
        }
    with open_gpus() as found:
        return {"GPU_COUNT": str(len(found.handles))}


def gpu_share(gpus: str, slot: int, slots: int) -> str:
    """Give what one of several runs that go on at once may use of the GPUs that were named.

    Args:
        gpus: Their numbers, separated by commas.
        slot: Which of the runs, from 0.
        slots: How many go on at once.

    Returns:
        Numbers that no other one has, or where there are fewer GPUs than runs, one that some share.
    """
    numbers = [number for number in gpus.replace(",", " ").split() if number]
    own = numbers[slot::slots] or numbers[slot % len(numbers) :][:1] if numbers else []
    return ",".join(own)


def own_environment(
    operation: Operation,
    values: Sequence[FlagValue],
    place: Place,
    variables: Mapping[str, str],
    env: Mapping[str, str],
) -> dict[str, str]:
    """Give what is added to the environment of a run, and recorded.

    Args:
        operation: What is run.
        values: Its flags, with their variables filled in.
        place: Where it runs.
        variables: The variables that stand for themselves, which are exported too.
        env: The caller's environment, for its PYTHONPATH.
    """
    known = {**variables, **{value.flag.name: value.text for value in values}}
    folders = [*operation.python_path]
    if isinstance(operation.command, PythonModule) and operation.command.path:
        folders.insert(0, operation.command.path)
    paths = [*(os.path.normpath(f"{place.project}/{folder}") for folder in folders), place.project]
    paths += [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {
        **flag_variables(values),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PROJECT_DIR": place.project,
        **{name: value for name, value in variables.items() if name not in OF_RUN},
        **{name: fill(text, known, operation.variables) for name, text in operation.env.items()},
    }
