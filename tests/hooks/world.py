"""A recipe folder with a packager, and what is heard while its hooks run."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path

from guildpkg.core.events import Event, Output
from guildpkg.hooks.context import Confinement, HookContext
from guildpkg.hooks.packager import Packager, find_packager
from guildpkg.hooks.run import HookResult, list_hooks, run_hook

EPOCH = 1510617600


@dataclass
class World:
    """A recipe, its packager, its events."""

    recipe: Path
    confinement: Confinement
    events: list[Event] = field(default_factory=list)
    more: dict[str, object] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, confinement: Confinement) -> World:
        """Make the folders that the pipeline makes before hooks run."""
        for name in ("recipe/src", "recipe/pkg", "shipped"):
            (folder / name).mkdir(parents=True)
        return cls(folder / "recipe", confinement)

    @property
    def context(self) -> HookContext:
        """What the pipeline would hand over."""
        src, pkg = self.recipe / "src", self.recipe / "pkg"
        plain = HookContext(src, pkg, self.recipe, "digits", "1.2", EPOCH, self.confinement)
        return replace(plain, **self.more)  # type: ignore[arg-type]

    def write(self, text: str, name: str = "packager") -> None:
        """Write a packager, or another file, into the recipe."""
        (self.recipe / name).write_text(textwrap.dedent(text))

    def find(self, name: str = "packager") -> Packager:
        """Find a packager as the recipe would name it."""
        return find_packager(self.recipe, name, self.recipe.parent / "shipped")

    def list(self, name: str = "packager") -> tuple[str, ...]:
        """List the hooks."""
        return list_hooks(self.find(name), self.context)

    def run(self, hook: str = "build", name: str = "packager") -> HookResult:
        """Run a hook."""
        return run_hook(self.find(name), hook, self.context, self.events.append)

    def shell(self, body: str) -> HookResult:
        """Run a build hook with that body."""
        self.write("build() {\n" + textwrap.dedent(body) + "\n}\n")
        return self.run()

    def python(self, body: str) -> HookResult:
        """Run a build hook in Python with that body."""
        self.write("def build(context):\n" + textwrap.indent(textwrap.dedent(body), "    "), "packager.py")
        return self.run(name="packager.py")

    def log(self, hook: str = "build") -> bytes:
        """Read a log."""
        return (self.recipe / "logs" / f"{hook}.log").read_bytes()

    def heard(self, stream: str) -> bytes:
        """Give the output that was reported live."""
        return b"".join(event.data for event in self.events if isinstance(event, Output) and event.stream == stream)

    @property
    def confined(self) -> bool:
        """Tell whether hooks are in the sandbox."""
        return self.confinement.state is not None
