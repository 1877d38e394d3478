"""Where environments lie: ``$GUILD_HOME/environments/KEY``, and which of them is whole.

KEY is the SHA-256 of the requirements and of the Python that they are for. An environment is whole when it has
``environment.json``, which is written last; what was left by a kill has none, and is made anew. Environments cannot be
moved, so each is made in its place, under ``locks/KEY``.
"""

from __future__ import annotations

import contextlib
import platform
import secrets
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from guildpkg.core.digests import sha256
from guildpkg.errors import Busy
from guildpkg.lean import dataclass
from guildpkg.system.disk import locked, remove

if TYPE_CHECKING:
    from packaging.requirements import Requirement

RECORD: Final = "environment.json"
_HEADER: Final = "guildpkg-environment-1"


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment, made or not.

    Attributes:
        home: ``$GUILD_HOME``.
        requirements: What it has, each in one spelling, sorted.
        python: The Python that it is made from: ``cpython-311 Linux x86_64``.
    """

    home: Path
    requirements: tuple[str, ...]
    python: str

    @property
    def key(self) -> str:
        """What its folder is called."""
        return sha256("\n".join([_HEADER, self.python, *self.requirements]).encode())[:32]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.home / "environments" / self.key

    @property
    def interpreter(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    @property
    def lock(self) -> Path:
        """What is locked while it is made or removed."""
        return self.home / "environments" / "locks" / self.key

    @property
    def whole(self) -> bool:
        """True when it can be used: a Python that was upgraded away leaves a link to nothing."""
        return (self.folder / RECORD).is_file() and self.interpreter.exists()


def environment_of(home: Path, requirements: Iterable[Requirement]) -> Environment | None:
    """Say which environment has what is required of the Python that runs guild; None when nothing is.

    Args:
        home: ``$GUILD_HOME``.
        requirements: In any order and spelling.
    """
    lines = sorted({_spelling(requirement) for requirement in requirements})
    tag = f"{sys.implementation.cache_tag} {platform.system()} {platform.machine()}"
    return Environment(home, tuple(lines), tag) if lines else None


def _spelling(requirement: Requirement) -> str:
    text = str(requirement)
    return canonicalize_name(requirement.name) + text[len(requirement.name) :]


def unused(home: Path, keys: Collection[str]) -> tuple[Path, ...]:
    """Give the environments that nobody needs, and what a removal has left.

    Args:
        home: ``$GUILD_HOME``.
        keys: Of those that somebody needs.
    """
    folder = home / "environments"
    found = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(item for item in found if item.name != "locks" and item.name not in keys))


def drop(folder: Path) -> None:
    """Remove an environment; one that is being made is left alone."""
    locks = folder.parent / "locks"
    locks.mkdir(exist_ok=True)
    with contextlib.suppress(Busy), locked(locks / folder.name.lstrip("."), wait=0):
        gone = folder.with_name(f".gone-{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):
            folder.rename(gone)
            remove(gone)
