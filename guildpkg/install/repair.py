"""A damaged tree -> a sound one: file by file, each replaced all at once, from the store of contents or the archive.

In: what `install.check` found, while the lock of the store is held. What a kill leaves is nearer to sound than what
was there before, and the next repair goes on.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from guildpkg.core.archive.layout import Slot
from guildpkg.core.digests import Sha256
from guildpkg.core.events import Reporter, Step, silent
from guildpkg.core.packages.generation import Installed
from guildpkg.errors import GuildError, IntegrityError
from guildpkg.install.check import Checked, Problem, check_tree
from guildpkg.install.lay import Archive, lay
from guildpkg.stores.contents import EXECUTABLE, Contents, mode_of
from guildpkg.stores.packages import Packages
from guildpkg.system.disk import inside, remove, room_for
from guildpkg.system.sharing import share, sync_all
from guildpkg.system.unpack.packages import extract_package

Find = Callable[[Installed], Archive | None]
"""Gives the archive of a package, wherever it can be had."""


def repair(
    store: Packages, package: Installed, checked: Checked, find: Find, report: Reporter = silent
) -> tuple[Problem, ...]:
    """Make a tree what its manifest says.

    Args:
        store: The store, locked.
        package: The package.
        checked: What is wrong with its tree.
        find: Called when contents are missing.
        report: Told what happens.

    Returns:
        What is still wrong; nothing, unless somebody writes there meanwhile.

    Raises:
        GuildError: Contents are missing and the archive cannot be had.
    """
    report(Step(f"Repairing {package.entry}"))
    root, contents = store.tree(package.tree), store.contents()
    if not root.is_dir() or checked.manifest is None:
        _lay_anew(store, package, contents, find, report)
    else:
        if _lacking(checked, contents):
            _refill(store, _need(package, find), contents, report)
        if _lacking(checked, contents):  # the file system has neither links nor clones: the store holds nothing
            _lay_anew(store, package, contents, find, report)
        else:
            _Mending(root, checked, contents).run(checked.problems)
            sync_all(root)
    return check_tree(root, package.tree, contents).problems


def _need(package: Installed, find: Find) -> Archive:
    archive = find(package)
    if archive is None:
        message = f"{package.entry} cannot be repaired: its archive is neither in the cache nor on an index"
        raise GuildError(message, hint="get the archive and install it again: guild install FILE")
    if archive.tree != package.tree:
        raise IntegrityError(f"{archive.path.name} is not the archive that {package.entry} was installed from")
    return archive


def _lacking(checked: Checked, contents: Contents) -> bool:
    return any(_lacks(problem, checked, contents) for problem in checked.problems)


def _lacks(problem: Problem, checked: Checked, contents: Contents) -> bool:
    """Tell whether a problem cannot be mended with what the store has."""
    slot = checked.files.get(problem.path)
    if slot is None or slot.kind != "file" or not slot.size or problem.word not in ("missing", "altered"):
        return False
    return contents.find(slot.sha256, executable=slot.mode == 0o755) is None


def _lay_anew(store: Packages, package: Installed, contents: Contents, find: Find, report: Reporter) -> None:
    archive = _need(package, find)
    if (root := store.tree(package.tree)).exists() or root.is_symlink():
        store.drop_tree(package.tree)
    staged = lay(archive, store, contents, report)
    if staged is not None:
        store.keep([(staged, package.tree)])


def _refill(store: Packages, archive: Archive, contents: Contents, report: Reporter) -> None:
    """Bring all contents of an archive into the store."""
    staged = store.staged()
    try:
        extract_package(archive.path, staged, report=report, pool=contents, known=archive.known)
    finally:
        remove(staged)


class _Mending:
    """A tree on its way to be what its manifest says."""

    def __init__(self, root: Path, checked: Checked, contents: Contents) -> None:
        self._root = root
        self._files = checked.files
        self._contents = contents

    def run(self, problems: Sequence[Problem]) -> None:
        """Mend; folders come before what is in them, as the order of the paths has it."""
        opened: dict[Path, None] = {}
        try:
            for problem in problems:
                place = inside(self._root, problem.path) if problem.path else self._root
                if problem.word == "extra" and not place.parent.is_dir():
                    continue  # it went with its folder
                if problem.path:
                    place.parent.chmod(0o755)
                    opened[place.parent] = None
                with room_for(place):
                    self._one(problem, place)
        finally:
            for folder in opened:
                with suppress(OSError):
                    folder.chmod(EXECUTABLE)

    def _one(self, problem: Problem, place: Path) -> None:
        slot = self._files.get(problem.path)
        if slot is None:
            remove(place)
        elif problem.word == "permission":
            place.chmod(EXECUTABLE if slot.kind == "dir" else mode_of(executable=slot.mode == 0o755))
        elif slot.kind == "dir":
            remove(place)
            place.mkdir()
            place.chmod(EXECUTABLE)
        else:
            self._replace(slot, place)

    def _replace(self, slot: Slot, place: Path) -> None:
        beside = place.with_name(f".{secrets.token_hex(8)}.tmp")
        if slot.kind == "link":
            os.symlink(slot.target, os.fsencode(beside))  # noqa: PTH211 - raw bytes
        else:
            self._file(slot.sha256, beside, executable=slot.mode == 0o755, size=slot.size)
        if place.is_dir() and not place.is_symlink():
            remove(place)
        beside.replace(place)

    def _file(self, digest: Sha256, place: Path, *, executable: bool, size: int) -> None:
        if not size:
            place.touch(exist_ok=False)
            place.chmod(mode_of(executable=executable))
            return
        origin = self._contents.find(digest, executable=executable)
        if origin is None:
            raise IntegrityError(f"the content of {place.parent} went bad while it was repaired", hint="run it again")
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            share(origin, os.fsencode(place.name), folder=folder)
        finally:
            os.close(folder)
