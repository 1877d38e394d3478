"""What a run is: the values of its record, of its end and of its notes. Pure; `core.runs.files` reads and writes them.

``run.json`` (`RunRecord`) is written before the process starts and never changed. ``process.json`` (`Process`) says
who watches over it and what was started, ``exit.json`` (`ExitRecord`) how it ended; each is written once.
``notes.json`` (`Notes`) is the user's and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Final, NewType

from guildpkg.lean import dataclass

RunId = NewType("RunId", str)
"""32 lower-case hexadecimal digits: a uuid4."""

SCHEMA: Final = 1
NOBODY: Final = ""
"""`ExitRecord.by` of a process that ended by itself."""
USER: Final = "user"
"""`ExitRecord.by` after Ctrl-C."""
STOPPED: Final = "signal to guild"
"""`ExitRecord.by` after guild was asked to stop: ``guild runs stop``, a shutdown, a closed terminal."""
CAUSES: Final = ("exit", "signal", "memory", "reboot", "host", "guild", "start")
"""What ended a run: its process by itself, a signal, lack of memory, a reboot, a host that is lost, guild's own end,
or that it could not be started."""

_OWN_FOLDER = re.compile(r"\$\{?RUN_?DIR\b")
_ID = re.compile(r"[0-9a-f]{32}")
_FOLDER = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One flag as it was used.

    Attributes:
        name: Its name.
        value: Its typed value; None for a flag that is not passed.
        raw: The text it came from.
        layer: Where it came from (``base``, ``model``, ``profile``, ``cmdline``).
    """

    name: str
    value: str | int | float | bool | None
    raw: str = ""
    layer: str = ""

    @property
    def comparable(self) -> str | int | float | bool | None:
        """The value; of one that names the run's own folder the text that does so, as no two runs share a folder."""
        return self.raw if _OWN_FOLDER.search(self.raw) else self.value


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One file or folder that was laid into the run folder for it.

    Attributes:
        name: The resource it belongs to.
        path: Where it lies, relative to RUNDIR (or to the working directory).
        source: What it came from: a URL, a path, a run, a package.
        sha256: SHA-256 of the file, or of the folder's tree list; empty when nobody hashed it.
        size: Bytes.
    """

    name: str
    path: str
    source: str = ""
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class OutputScalar:
    """What in a line of the output is a scalar: its key (or empty) and a regular expression; see `Operation`."""

    key: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can be told from a later one with the same number.

    Attributes:
        pid: Its number; 0 for none.
        started: When it started, in the unit of its system (clock ticks since boot on Linux).
    """

    pid: int = 0
    started: int = 0


@dataclass(frozen=True, slots=True)
class Host:
    """Where a run was made.

    Attributes:
        name: Host name.
        boot: Id of the boot; empty where the system has none.
        user: Login name.
    """

    name: str
    boot: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """The snapshot of the source code: digest of its tree list, number of files, bytes. No digest, no snapshot."""

    digest: str = ""
    files: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """``run.json``: what was run, fixed before it started. What is not named here is as in `RunSpec`.

    Attributes:
        id: The run's id.
        created: Nanoseconds since the epoch.
        host: Where.
        maker: The guild that made it.
        version: Version of guildpkg.
        source: The snapshot of the source code.
        staged: True when it waits to be started by hand.
    """

    id: RunId
    operation: str
    created: int
    argv: tuple[str, ...]
    cwd: str
    host: Host
    maker: Process
    version: str
    project: str = ""
    project_digest: str = ""
    package: str = ""
    package_digest: str = ""
    interpreter: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[FlagRow, ...] = ()
    resources: tuple[ResourceRow, ...] = ()
    source: SourceRow = SourceRow()
    label: str = ""
    tags: tuple[str, ...] = ()
    stats_interval: float = 5.0
    output_scalars: tuple[OutputScalar, ...] = ()
    restart_of: str = ""
    from_run: str = ""
    batch: str = ""
    trial: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)
    staged: bool = False

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return folder_name(self.id, self.created)


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """``process.json``: who watches over the run, where, what was started and when.

    Attributes:
        runner: The guild that sees it to its end.
        child: The process; number 0 while it is still being prepared.
        host: Where.
        started: Nanoseconds since the epoch.
    """

    runner: Process
    child: Process
    host: Host
    started: int


@dataclass(frozen=True, slots=True)
class ExitRecord:
    """``exit.json``: how a run ended.

    Attributes:
        cause: One of `CAUSES`.
        code: Exit status; None when a signal ended it, or nobody knows.
        signal: The signal that ended it; None when none did.
        stopped: Nanoseconds since the epoch; for a lost run, when it was last known to live.
        by: Who ended it; empty when it ended by itself.
        message: Why it could not be started.
    """

    cause: str
    code: int | None
    signal: int | None
    stopped: int
    by: str = NOBODY
    message: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """``notes.json``: what the user says of a run."""

    label: str = ""
    tags: tuple[str, ...] = ()
    comment: str = ""


def is_run_id(text: str) -> bool:
    """Tell whether *text* is written like a whole run id."""
    return _ID.fullmatch(text) is not None


def is_run_folder(name: str) -> bool:
    """Tell whether a folder is named as a run's folder is."""
    return _FOLDER.fullmatch(name) is not None


def folder_name(run: RunId, created: int) -> str:
    """Name a run's folder: ``20180308T101112Z-1a2b3c4d``."""
    return f"{datetime.fromtimestamp(created // 10**9, UTC):%Y%m%dT%H%M%SZ}-{run[:8]}"
