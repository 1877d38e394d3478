"""Installed packages below ``$GUILD_HOME``: generations, the trees that they name, and the switch between them.

``packages`` is a symbolic link to ``generations/N``, a folder with one link ``NAME-VERSION`` per package and the record
``.generation.json``. The links lead to ``store/trees/DIGEST``, where DIGEST is the SHA-256 of the tree's manifest.
A change makes trees and the next generation beside and then moves one link, so that a kill at any moment leaves all as
it was or all as it was to be. What a killed change left is removed by the next one, which holds ``store/lock``.

``generations/0`` is empty: nothing is installed. It is there from the first change on, so that a missing link is told
from a fresh home.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, Step, silent
from guildpkg.core.packages.generation import Generation, GenerationError, Installed, difference, in_order
from guildpkg.core.packages.generation import read_generation as read
from guildpkg.core.packages.generation import write_generation as write
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.stores.contents import Contents
from guildpkg.system.disk import locked, remove, room_for, sweep, sync_folder
from guildpkg.system.sharing import point, sync_all

RECORD: Final = ".generation.json"
_TARGET: Final = re.compile(r"generations/(0|[1-9][0-9]{0,8})")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_BACK: Final = "go back to one that is there: guild history, guild rollback N"
_PATIENCE: Final = 3600.0
"""Seconds to wait for another process that changes what is installed."""


@dataclass(frozen=True, slots=True)
class Packages:
    """The installed packages of one home.

    Attributes:
        home: ``$GUILD_HOME``; made when needed.
        now: The clock, nanoseconds since the epoch.
    """

    home: Path
    now: Callable[[], int] = field(default=time.time_ns)

    @property
    def link(self) -> Path:
        """Where users and runs find packages."""
        return self.home / "packages"

    @property
    def generations(self) -> Path:
        """Where the generations lie."""
        return self.home / "generations"

    @property
    def trees(self) -> Path:
        """Where the trees lie."""
        return self.home / "store" / "trees"

    def tree(self, digest: Sha256) -> Path:
        """Say where a tree lies, if it is here."""
        return self.trees / digest

    def contents(self) -> Contents:
        """Open the store of contents."""
        return Contents(self.home / "store" / "files")

    def number(self) -> int:
        """Give the number of the current generation.

        Raises:
            GenerationError: The link is missing although there are generations, or is not ours.
        """
        if not self.link.is_symlink():
            if self.link.exists():
                raise GenerationError(f"{self.link} is not a link that guild made", hint="move it away")
            if any(self.numbers()):
                raise GenerationError(f"{self.link} is missing", hint=_BACK)
            return 0
        target = self.link.readlink().as_posix()
        found = _TARGET.fullmatch(target)
        if found is None:
            raise GenerationError(f"{self.link} leads to {target}, which is no generation", hint=_BACK)
        return int(found[1])

    def current(self) -> Generation:
        """Read the current generation.

        Raises:
            GenerationError: It is missing or damaged.
        """
        return self.generation(self.number())

    def generation(self, number: int) -> Generation:
        """Read a generation.

        Raises:
            GenerationError: It is missing or damaged.
        """
        if number == 0:
            return Generation(0)
        path = self.generations / str(number) / RECORD
        try:
            data = path.read_bytes()
        except OSError as error:
            raise GenerationError(f"there is no generation {number}", hint=_BACK) from error
        found = read(data, str(path))
        if found.number != number:
            raise GenerationError(f"{path} is the record of generation {found.number}", hint=_BACK)
        return found

    def history(self) -> tuple[Generation, ...]:
        """Read every generation up to the current one, oldest first; damaged ones are left out.

        Where nobody knows which is the current one, all are given: one of them is to go back to.
        """
        numbers = self.numbers()
        with contextlib.suppress(GenerationError):
            newest = self.number()
            numbers = tuple(number for number in numbers if number <= newest)
        found = []
        for number in numbers:
            with contextlib.suppress(GenerationError):
                if number:
                    found.append(self.generation(number))
        return tuple(found)

    @contextlib.contextmanager
    def changing(self, report: Reporter = silent) -> Iterator[None]:
        """Hold the lock under which packages are changed; what a killed change left is removed first.

        Raises:
            Busy: Another process did not let go in time.
        """
        store = self.home / "store"
        with room_for(store):
            self.trees.mkdir(parents=True, exist_ok=True)
            self.generations.mkdir(exist_ok=True)

        def waiting() -> None:
            report(Step("Waiting for another guild process that changes what is installed"))

        with locked(store / "lock", wait=_PATIENCE, waiting=waiting):
            self._sweep()
            yield

    def staged(self) -> Path:
        """Think of a folder to make a tree in; `keep` gives it its name."""
        return self.trees / f".new-{secrets.token_hex(8)}"

    def keep(self, staged: Sequence[tuple[Path, Sha256]]) -> None:
        """Give trees their names, when all of them are safe on the disk."""
        if not staged:
            return
        with room_for(self.trees):
            sync_all(self.trees)
            for folder, digest in staged:
                if self.tree(digest).exists():
                    remove(folder)
                else:
                    folder.rename(self.tree(digest))
            sync_folder(self.trees)

    def switch(self, action: str, packages: Sequence[Installed], *, restores: int | None = None) -> Generation:
        """Make the next generation and let ``packages`` lead to it, all at once.

        Args:
            action: What the user did.
            packages: All that is to be installed; their trees are here.
            restores: Number of the generation that it goes back to.
        """
        before, number = self._before()
        after = in_order(packages)
        restored = number if restores is None else restores
        change = difference(before, after)
        generation = Generation(number, self.now(), action, change, after, restored)
        fresh = self.generations / f".new-{secrets.token_hex(8)}"
        with room_for(fresh):
            self._begin()
            try:
                fresh.mkdir()
                for package in after:
                    (fresh / package.entry).symlink_to(f"../../store/trees/{package.tree}")
                (fresh / RECORD).write_bytes(write(generation))
                sync_all(fresh)
                fresh.rename(self.generations / str(number))
            except BaseException:
                remove(fresh)
                raise
            sync_folder(self.generations)
            point(self.link, f"generations/{number}")
        return generation

    def _begin(self) -> None:
        """See to it that the link is there before there is any generation that it could lead to."""
        (self.generations / "0").mkdir(exist_ok=True)
        if not any(self.numbers()) and not self.link.is_symlink():
            point(self.link, "generations/0")

    def _before(self) -> tuple[tuple[Installed, ...], int]:
        """Give what is installed, and the number of the next generation; a rollback may find the link damaged."""
        try:
            current = self.current()
        except GenerationError:
            return (), max(self.numbers(), default=0) + 1
        return current.packages, current.number + 1

    def packages_now(self) -> tuple[Installed, ...]:
        """Give what is installed; nothing when the current generation is damaged."""
        return self._before()[0]

    def numbers(self) -> tuple[int, ...]:
        """Give the numbers of the generations that are there, lowest first."""
        if not self.generations.is_dir():
            return ()
        return tuple(sorted(int(item.name) for item in self.generations.iterdir() if _NUMBER.fullmatch(item.name)))

    def tree_names(self) -> tuple[str, ...]:
        """Name the trees that are there, whoever needs them."""
        return tuple(sorted(item.name for item in self.trees.glob("[!.]*")))

    def newest(self) -> int:
        """Give the number of the newest generation that is sound; for when the link is not.

        Raises:
            GuildError: There is none.
        """
        for number in reversed(self.numbers()):
            with contextlib.suppress(GenerationError):
                return self.generation(number).number
        raise GuildError("there is no generation to go back to")

    def _sweep(self) -> None:
        """Remove what a killed change left."""
        for place in (*self.trees.glob(".*"), *self.generations.glob(".*")):
            remove(place)
        sweep(self.home, "packages")
        with contextlib.suppress(GenerationError):
            current = self.number()
            for number in self.numbers():
                if number > current:
                    self.drop(number)

    def drop(self, number: int) -> None:
        """Remove a generation. It is out of sight at once, also when this is killed."""
        gone = self.generations / f".gone-{secrets.token_hex(8)}"
        (self.generations / str(number)).rename(gone)
        remove(gone)

    def drop_tree(self, digest: str) -> None:
        """Remove a tree that no generation names. It is out of sight at once, also when this is killed."""
        gone = self.trees / f".gone-{secrets.token_hex(8)}"
        (self.trees / digest).rename(gone)
        remove(gone)
