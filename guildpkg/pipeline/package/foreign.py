"""What an archive from elsewhere would run here, for the question whether it may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from guildpkg.core.events import silent
from guildpkg.hooks.context import confine
from guildpkg.lean import dataclass
from guildpkg.pipeline.package.hooks import planned_hooks
from guildpkg.pipeline.package.options import HookWish
from guildpkg.recipe.folder import open_folder


@dataclass(frozen=True, slots=True)
class Foreign:
    """The programs of a recipe that came with an archive.

    Attributes:
        title: Name and version of the package.
        packager: The script, as the recipe names it.
        hooks: Those that it seems to define: it is read here, and not run.
        sandbox: The sandbox they would run in; empty for none.
        network: True when they would have the network.
        env: Names of the variables of the user's environment that they would be told.
    """

    title: str
    packager: str
    hooks: tuple[str, ...]
    sandbox: str
    network: bool
    env: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Say what would be run, and what it could do."""
        hooks = f" ({', '.join(self.hooks)})" if self.hooks else ""
        yield f"Building {self.title} runs a program that came with it: {self.packager or 'its packager'}{hooks}"
        network = "with" if self.network else "without"
        if self.sandbox:
            yield f"It would run in a sandbox, {self.sandbox}, {network} the network"
        else:
            yield "It would run without a sandbox: it could do all that you can"
        if self.env:
            yield f"It would be told these variables of your environment: {', '.join(self.env)}"


def foreign(folder: Path, wish: HookWish) -> Foreign:
    """Look at a recipe that came with an archive; nothing of it is run.

    Raises:
        RecipeError: It cannot be read.
        SandboxError: The sandbox is required and does not work here.
    """
    opened = open_folder(folder, "")
    recipe, state = opened.recipe, confine(wish.sandbox, silent).state
    return Foreign(
        title=f"{recipe.name} {recipe.version}",
        packager=recipe.packager,
        hooks=tuple(planned_hooks(opened, wish)),
        sandbox=state.version if state else "",
        network=not state or (recipe.network and wish.allow_network),
        env=recipe.env,
    )
