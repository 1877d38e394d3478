"""What is to be run, before there is a record of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from guildpkg.core.runs.record import FlagRow, OutputScalar, ResourceRow
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What is to be run: plain, without projects or models.

    Attributes:
        operation: ``model:op``, or ``op``.
        argv: Program and arguments, all variables resolved.
        cwd: Absolute working directory; empty for RUNDIR.
        base_env: The environment to start from. It is not recorded: it may hold secrets.
        env: What is added to it, and recorded.
        project: Absolute folder of the project; empty for none.
        project_digest: SHA-256 of its project files.
        package: ``NAME-VERSION`` of the installed package it came from.
        package_digest: SHA-256 of that package.
        interpreter: The Python that runs it; empty when that is not a matter of Python.
        flags: In the order of the command line.
        resources: What is laid out for it, as far as known beforehand.
        label: First label.
        tags: First tags.
        stats_interval: Seconds between statistics; 0 for none.
        output_scalars: What in its output are scalars.
        restart_of: Run that this one does again.
        from_run: Run whose code, flags and data it took.
        batch: Id of the batch it belongs to.
        trial: Its number in that batch, from 1; 0 for none.
        overrides: Resource to the path or run that stands in for it, as the user named it.
    """

    operation: str
    argv: tuple[str, ...]
    cwd: str = ""
    base_env: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    project_digest: str = ""
    package: str = ""
    package_digest: str = ""
    interpreter: str = ""
    flags: tuple[FlagRow, ...] = ()
    resources: tuple[ResourceRow, ...] = ()
    label: str = ""
    tags: tuple[str, ...] = ()
    stats_interval: float = 5.0
    output_scalars: tuple[OutputScalar, ...] = ()
    restart_of: str = ""
    from_run: str = ""
    batch: str = ""
    trial: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)
