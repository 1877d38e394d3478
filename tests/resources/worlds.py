"""A project with resources, and a folder that they are laid into."""

from __future__ import annotations

import os
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from guildpkg.core.events import Event, Step, Warn
from guildpkg.core.project.find import Listed
from guildpkg.core.runs.record import ResourceRow
from guildpkg.pipeline.train.resources import needs_of
from guildpkg.project.load import load
from guildpkg.resources.request import Need, World
from guildpkg.resources.resolve import resolve
from guildpkg.resources.sealing import Seal
from guildpkg.stores.downloads import Downloads, scratch_folder
from guildpkg.system.http.transfer import Settings

QUICK = Settings(connect=2, stall=0.5, attempts=2, backoff=0.01)

HEAD = """
- model: m
  operations:
    train:
      cmd: train
      requires: data
  resources:
    data:
"""


@dataclass
class Told:
    """What was reported."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def steps(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Step)]

    @property
    def warnings(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Warn)]


@dataclass
class Place:
    """A project, the home, and the folder of a run."""

    root: Path
    told: Told = field(default_factory=Told)
    lasting: bool = False
    seals: tuple[Seal, ...] = ()

    def __post_init__(self) -> None:
        for folder in (self.project, self.home, self.base):
            folder.mkdir(exist_ok=True)

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def base(self) -> Path:
        return self.root / "base"

    def write(self, path: str, text: str | bytes = "x\n") -> Path:
        """Write a file of the project."""
        place = self.project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def needs(self, data: str, instead: str = "") -> tuple[Need, ...]:
        """Read the resource ``data`` of a model, written as in ``guild.yml``."""
        (self.project / "guild.yml").write_text(HEAD + textwrap.indent(textwrap.dedent(data), " " * 6))
        project = load(self.project)
        listed = Listed(project, project.models[0], "./")
        operation = project.models[0].operations[0]
        return needs_of(operation, listed, (listed,), overrides={"data": instead} if instead else {}, cwd=self.root)

    def lay(self, data: str, *, instead: str = "") -> tuple[ResourceRow, ...]:
        """Lay the resource ``data``, or what stands in for it."""
        return self.lay_needs(self.needs(data, instead))

    def lay_needs(self, needs: tuple[Need, ...]) -> tuple[ResourceRow, ...]:
        with scratch_folder(self.home) as scratch:
            rows, self.seals = resolve(needs, self.world(scratch))
        return rows

    def world(self, scratch: Path) -> World:
        return World(
            downloads=Downloads(self.home, settings=QUICK, report=self.told),
            base=self.base,
            scratch=scratch,
            python=sys.executable,
            env=dict(os.environ),
            report=self.told,
            lasting=self.lasting,
        )

    @property
    def files(self) -> dict[str, str]:
        """What lies in the working directory."""
        found = (path for path in self.base.rglob("*") if not path.is_dir())
        return {path.relative_to(self.base).as_posix(): path.read_text() for path in sorted(found)}
