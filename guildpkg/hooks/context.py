"""What a hook is about, what it may do, and whether it can be confined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final, Literal

from guildpkg.core.events import Reporter, Warn
from guildpkg.errors import SandboxError
from guildpkg.lean import dataclass
from guildpkg.system.sandbox import SandboxState, probe

SandboxMode = Literal["auto", "required", "off"]

VARIATIONS: Final = {
    "folder": "the folder that it is built in",
    "zone": "the time zone",
    "locale": "the locale",
    "umask": "the umask",
    "order": "the order of files in a folder",
}
"""What may be varied, and how it is called as a cause."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """Whether hooks run in a sandbox.

    Attributes:
        state: The sandbox; None when there is none.
        why: Why there is none; empty when there is one.
    """

    state: SandboxState | None
    why: str = ""

    def __str__(self) -> str:
        """Say it for the build statement: ``bubblewrap 0.8.0``, ``none: WHY``."""
        return self.state.version if self.state else f"none: {self.why}"


@dataclass(frozen=True, slots=True)
class HookContext:
    """What a hook is about. All paths are absolute.

    Attributes:
        srcdir: The sources, where hooks run; a real folder, no link.
        pkgdir: What the package is to hold; likewise.
        recipedir: The recipe's folder; logs go to ``logs/`` in it.
        pkgname: Name of the package.
        pkgver: Its version, as far as it is known.
        epoch: SOURCE_DATE_EPOCH, seconds.
        confinement: How hooks are confined; see `confine`.
        extra_env: What ``[build] env`` of the recipe lists, with the caller's values.
        network: True when hooks may use the network; see `grant_network`.
        touch: A file whose time stamp is renewed after each hook, when nothing of it runs any more; None for none.
        varied: What is to be different than in every other build, to see whether that shows: some of `VARIATIONS`.
    """

    srcdir: Path
    pkgdir: Path
    recipedir: Path
    pkgname: str
    pkgver: str
    epoch: int
    confinement: Confinement
    extra_env: Mapping[str, str] = field(default_factory=dict)
    network: bool = False
    touch: Path | None = None
    varied: frozenset[str] = frozenset()

    @property
    def logs(self) -> Path:
        """Where the logs go."""
        return self.recipedir / "logs"


def confine(mode: SandboxMode, report: Reporter) -> Confinement:
    """Decide, once per build, whether hooks run in a sandbox.

    Args:
        mode: ``auto`` warns when the sandbox does not work here, ``required`` refuses, ``off`` does not ask.
        report: Told, in one line, when hooks run unconfined against the user's wish.

    Raises:
        SandboxError: The sandbox is required and does not work here.
    """
    if mode == "off":
        return Confinement(None, "switched off")
    state = probe()
    if state.available:
        return Confinement(state)
    if mode == "required":
        hint = "install bubblewrap and allow user namespaces, or build with --sandbox auto"
        raise SandboxError(f"hooks cannot be confined: {state.why}", hint=hint)
    report(Warn(f"hooks run without a sandbox: {state.why}"))
    return Confinement(None, state.why)


def grant_network(*, asked: bool, allowed: bool) -> bool:
    """Decide whether hooks get the network: the recipe has to ask for it, and the user to allow it.

    Raises:
        SandboxError: The recipe asks and the user has not allowed.
    """
    if asked and not allowed:
        message = "the recipe wants the network for its hooks (network = yes in [build])"
        raise SandboxError(message, hint="read its packager, then allow it with --allow-network")
    return asked
