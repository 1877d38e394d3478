"""What is asked of a kind of source, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, silent
from guildpkg.core.project.model import Resource, ResourceSource
from guildpkg.core.runs.record import ResourceRow
from guildpkg.core.sources import Limits
from guildpkg.lean import dataclass
from guildpkg.stores.runs import Runs

if TYPE_CHECKING:
    from guildpkg.stores.downloads import Downloads
    from guildpkg.system.place import Way


@dataclass(frozen=True, slots=True)
class World:
    """What resources are found in, and laid into.

    Attributes:
        downloads: The cache, and the manners of downloads; its home is ``$GUILD_HOME``.
        base: The working directory of the operation, in which the files appear. It exists.
        scratch: A folder of our own, on the file system of ``$GUILD_HOME``.
        python: The interpreter that the operation runs with.
        env: The environment that it runs in.
        run: Folder of the run that the resources are for, which is never taken as a source; None without one.
        report: Told what is done, what is odd, and how far it is.
        limits: Where archives and folders stop being plausible.
        lasting: Whether *base* outlives the run: what is laid there has to survive a power cut.
    """

    downloads: Downloads
    base: Path
    scratch: Path
    python: str
    env: Mapping[str, str] = field(default_factory=dict)
    run: Path | None = None
    report: Reporter = silent
    limits: Limits = field(default_factory=Limits)
    lasting: bool = False

    @property
    def home(self) -> Path:
        """``$GUILD_HOME``."""
        return self.downloads.home

    @property
    def runs(self) -> Runs:
        """The store of runs."""
        return Runs(self.home)


@dataclass(frozen=True, slots=True)
class Owner:
    """The model that a resource belongs to.

    Attributes:
        project: Folder of its project, which paths of files are relative to.
        model: Its name; empty for one without.
        package: ``NAME-VERSION`` of the installed package that it comes from, or empty.
    """

    project: Path
    model: str = ""
    package: str = ""

    def operation(self, text: str) -> str:
        """Give the full name of ``[MODEL:]OPERATION``, as runs record it."""
        model, colon, name = text.rpartition(":")
        model = model if colon else self.model
        return f"{model}:{name}" if model else name


@dataclass(frozen=True, slots=True)
class Need:
    """A resource that an operation requires, with its variables filled in.

    Attributes:
        resource: The resource.
        owner: The model that it belongs to.
        override: What stands in for its sources: a path, or a run; empty for nothing.
        cwd: What a path in *override* is relative to.
    """

    resource: Resource
    owner: Owner
    override: str = ""
    cwd: Path = Path()


@dataclass(frozen=True, slots=True)
class Ask:
    """One source that is to be found."""

    source: ResourceSource
    need: Need
    world: World

    @property
    def called(self) -> str:
        """What messages call the source: ``url:https://...``, ``file:data.csv``."""
        return self.source.name or f"{self.source.kind}:{self.source.value}"

    @property
    def target_type(self) -> str:
        """``copy``, ``link``, or empty for the default."""
        return self.source.target_type or self.need.resource.target_type


@dataclass(frozen=True, slots=True)
class File:
    """One file of a source.

    Attributes:
        path: Its path in the source, ``/`` between the parts; patterns see this.
        origin: Where it is.
        sha256: What it has to hash to; empty when nobody knows.
    """

    path: str
    origin: Path
    sha256: Sha256 = Sha256("")


@dataclass(frozen=True, slots=True)
class Found:
    """What a source turned out to be.

    Attributes:
        files: Its files; patterns choose among them.
        source: What the record says they came from.
        way: How they are laid.
        prefix: Folder below that of the source in which they are laid.
        proved: Whether the SHA-256 that the source demands has been looked at.
        rows: What was there already, and is not to be laid.
    """

    files: tuple[File, ...] = ()
    source: str = ""
    way: Way = "copy"
    prefix: str = ""
    proved: bool = False
    rows: tuple[ResourceRow, ...] = ()
