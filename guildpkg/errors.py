"""Everything that guildpkg refuses, as one family of exceptions.

Every exception raised on purpose derives from `GuildError`. A class exists for each kind of failure that a caller
can act on; the exit code stands on the class; the hint says what the user can do next. The command line shows the
message and the hint (``cli/boundary.py``), nobody else prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file that a person wrote.

    Attributes:
        file: The file as the user knows it (``GuildPkg``, ``../x/GuildPkg``).
        line: 1-based line, 0 when the fault is about the file as a whole.
    """

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def __lt__(self, other: Where) -> bool:
        return (self.file, self.line) < (other.file, other.line)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file, with its place and, where there is one, the way out."""

    where: Where
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class GuildError(Exception):
    """Base of all errors that are not bugs.

    Attributes:
        exit_code: What the process exits with when nobody handles the error.
        hint: The next step for the user, without a full stop; may be empty.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageFault(GuildError):
    """The command line asks for something that makes no sense (exit code 2)."""

    exit_code = 2


class FileFaults(GuildError):
    """A file that a person wrote has faults; all of them, in the order of their lines."""

    def __init__(self, faults: Iterable[Fault], *, hint: str = "") -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.where))
        super().__init__("\n".join(str(fault) for fault in self.faults), hint=hint)


class RecipeError(FileFaults):
    """A recipe (``GuildPkg``, ``GuildPkg.lock``) cannot be used as it stands."""


class ProjectError(FileFaults):
    """A project file (``guild.yml``, ``Guild``) cannot be used as it stands."""


class FlagError(FileFaults):
    """Flags of an operation cannot have the values that they were given."""


class NoProject(GuildError):
    """There is no project file where one is needed."""


class Unknown(GuildError):
    """A model, an operation, a resource or a flag of that name does not exist, or the name means several."""


class LockDrift(GuildError):
    """What is there is not what ``GuildPkg.lock`` says, and ``--locked`` forbids to move it."""


class SourceError(GuildError):
    """A source cannot be had: it does not exist, or its kind is not supported."""


class NetworkError(SourceError):
    """The other side did not answer as it should, also after trying again."""


class OfflineError(SourceError):
    """Something has to be fetched and the network may not be used."""


class IntegrityError(GuildError):
    """Content is not what its hash, id or declared size says.

    Attributes:
        found: The SHA-256 that it has, where that was looked at; else empty.
    """

    def __init__(self, message: str, *, hint: str = "", found: str = "") -> None:
        super().__init__(message, hint=hint)
        self.found = found


class DependencyError(GuildError):
    """What an operation requires cannot be had: a file, a package, a module, the output of another run."""


class CatalogError(GuildError):
    """What an index says of a package cannot be used. Nothing of it was."""


class TrustError(GuildError):
    """What an index serves is not what its keys signed, or is out of date. Nothing of it was used."""


class PatchError(GuildError):
    """A patch does not apply, or is of a kind that is refused. Nothing was changed."""


class HookError(GuildError):
    """A hook of the packager failed."""


class SandboxError(GuildError):
    """The sandbox is required and does not work here."""


class ArchiveError(GuildError):
    """A file is not an archive that can be read, or it is one that must not be unpacked."""


class UnsavedEdits(GuildError):
    """``src/`` has been edited and the edits are in no patch, or a refresh waits: they would be lost."""


class Busy(GuildError):
    """Another process holds the lock and did not let go in time."""


class Exists(GuildError):
    """A file of that name is there already and must not be replaced unasked."""


class DiskFull(GuildError):
    """There is no room left where something has to be written."""


class Interrupted(GuildError):
    """The user stopped the command (exit code 130)."""

    exit_code = 130
