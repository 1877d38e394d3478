"""A change -> the next generation: trees first, then one switch.

Whatever was planned before is done on what is installed now, under the lock: another process may have changed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.core.packages.generation import Generation, GenerationError, Installed, in_order
from guildpkg.core.packages.graph import Link, unmet
from guildpkg.errors import GuildError
from guildpkg.install.lay import Archive, lay
from guildpkg.lean import dataclass
from guildpkg.stores.packages import Packages
from guildpkg.system.disk import remove


class Needed(GuildError):
    """Something that stays installed needs what would go."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done.

    Attributes:
        action: What the user did.
        archives: What is to be installed.
        gone: ``NAME-VERSION`` of what goes; what is not there is passed over.
        asked: ``NAME-VERSION`` of what is there, and counts as asked for from now on.
    """

    action: str
    archives: tuple[Archive, ...] = ()
    gone: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()


def apply(store: Packages, change: Change, report: Reporter = silent) -> Generation | None:
    """Carry out a change.

    Returns:
        The generation that it made; None when all was so already.

    Raises:
        ArchiveError: An archive is no package, is damaged, or holds what is refused. Nothing is changed.
        IntegrityError: An archive is not what its manifest says; likewise.
        DiskFull: There is no room; likewise.
        Needed: Something that stays would lack what it needs; likewise.
        GenerationError: What is installed cannot be read.
    """
    with store.changing(report):
        current = store.current()
        _lay_all(store, change.archives, report)
        after = _after(current.packages, change)
        if after == current.packages:
            return None
        refuse_broken(unmet(after), unmet(current.packages))
        return store.switch(change.action, after)


def refuse_broken(after: Sequence[Link], before: Sequence[Link]) -> None:
    """Insist that every need is met that was met before.

    Raises:
        Needed: One is not.
    """
    known = {(link.by.entry, str(link.need)) for link in before}
    broken = [f"{link.by.entry} needs {link.need}" for link in after if (link.by.entry, str(link.need)) not in known]
    if broken:
        raise Needed("; ".join(broken), hint="name what needs it as well, or leave both")


def roll_back(store: Packages, number: int | None, report: Reporter = silent) -> Generation | None:
    """Go back to an earlier generation, as a new one.

    Args:
        store: The store.
        number: Which one; None for the one before, or for the newest sound one when the current one is damaged.
        report: Told what happens.

    Returns:
        The generation that it made; None when all is so already.

    Raises:
        GuildError: There is no such generation, or a tree of it is gone.
    """
    with store.changing(report):
        target = earlier(store, number)
        for package in target.packages:
            if not store.tree(package.tree).is_dir():
                hint = "install it again: guild install"
                raise GuildError(f"the files of {package.entry} are not here any more", hint=hint)
        try:
            if store.current().packages == target.packages:
                return None
        except GenerationError as error:
            report(Warn(str(error)))
        return store.switch("rollback", target.packages, restores=target.restores)


def earlier(store: Packages, number: int | None) -> Generation:
    """Find the generation that a rollback leads to; see `roll_back`."""
    if number is not None:
        return store.generation(number)
    try:
        current = store.current()
    except GenerationError:
        return store.generation(store.newest())
    if current.restores == 0:
        raise GuildError("there is no earlier generation", hint="see guild history")
    return store.generation(current.restores - 1)


def _lay_all(store: Packages, archives: Sequence[Archive], report: Reporter) -> None:
    contents = store.contents()
    staged = []
    try:
        for archive in archives:
            if (folder := lay(archive, store, contents, report)) is not None:
                staged.append((folder, archive.tree))
        store.keep(staged)
    except BaseException:
        for folder, _ in staged:
            remove(folder)
        raise


def _after(before: Sequence[Installed], change: Change) -> tuple[Installed, ...]:
    found = {package.entry: package for package in before if package.entry not in change.gone}
    for archive in change.archives:
        new = archive.installed
        old = found.get(new.entry)
        found[new.entry] = replace(new, explicit=new.explicit or (old is not None and old.explicit))
    for entry in change.asked & found.keys():
        found[entry] = replace(found[entry], explicit=True)
    return in_order(found.values())
