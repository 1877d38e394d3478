"""What an operation runs, and what of the source is kept with its runs. Import it from `core.project.model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from guildpkg.errors import Where
from guildpkg.lean import dataclass

_NOWHERE = Where("")


@dataclass(frozen=True, slots=True)
class PythonModule:
    """``python -um NAME ARGS FLAGS``.

    Attributes:
        name: Dotted module name without ``.py``.
        args: Argument template; a word may hold variables in the syntax of `Operation.variables`.
        path: Folder, relative to the project, that goes in front of the module search path; empty for none.
    """

    name: str
    args: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Exec:
    """A program with its argument template, run as it is: no shell.

    The word ``${flag_args}`` stands for all flag arguments; without it no flag is passed on the command line.
    """

    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an operation of this project and the flags given to it."""

    run: str
    flags: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class Steps:
    """Operations that run one after the other, each as a run of its own."""

    steps: tuple[Step, ...]


Command = PythonModule | Exec | Steps


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One rule for the snapshot of the source code; the last rule that matches a path decides.

    Attributes:
        action: ``include`` or ``exclude``.
        pattern: A glob over paths with ``/``; without ``/`` it is matched against the last part of the path.
    """

    action: str
    pattern: str
