"""What is asked of a build, as plain values; it imports nothing that a build which only lays sources out can spare."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from guildpkg.lean import dataclass
from guildpkg.pipeline.package.fetch import Wish

if TYPE_CHECKING:
    from guildpkg.hooks.context import SandboxMode


@dataclass(frozen=True, slots=True)
class HookWish:
    """How hooks are to be run.

    Attributes:
        sandbox: ``auto``, ``required`` or ``off``.
        allow_network: True when a recipe that asks for the network gets it.
        check: False to leave the ``check`` hook out.
        prepare: False to leave the ``prepare`` hook out.
        varied: What is to be different than in other builds; see `guildpkg.hooks.context.VARIATIONS`.
    """

    sandbox: SandboxMode = "auto"
    allow_network: bool = False
    check: bool = True
    prepare: bool = True
    varied: frozenset[str] = frozenset()

    def wants(self, hook: str) -> bool:
        """Tell whether a hook is to run, if it is defined."""
        return {"check": self.check, "prepare": self.prepare}.get(hook, True)


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a build.

    Attributes:
        wish: How sources are fetched.
        hooks: How hooks are run.
        download_only: Stop when ``src/`` is laid and patched (``-o``).
        no_extract: Use ``src/`` as it stands: fetch, lay and patch nothing (``-e``).
        clean: Throw away what is in ``src/`` and ``pkg/``, edits too, once the new ones are there (``-c``).
        force: Replace an archive that was built from something else (``-f``).
        jobs: Workers for the compression.
        carry: False to leave the recipe's local folders out of the manifest; see `own_files`.
    """

    wish: Wish = field(default_factory=Wish)
    hooks: HookWish = field(default_factory=HookWish)
    download_only: bool = False
    no_extract: bool = False
    clean: bool = False
    force: bool = False
    jobs: int = 1
    carry: bool = True
