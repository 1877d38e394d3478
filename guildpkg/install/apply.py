"""A change -> the next generation: trees first, then one switch.

Whatever was planned before is done on what is installed now, under the lock: another process may have changed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from guildpkg.core.events import Reporter, silent
from guildpkg.core.packages import Generation, Installed, in_order
from guildpkg.install.lay import Archive, lay
from guildpkg.stores.packages import Packages
from guildpkg.system.disk import remove


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
        GenerationError: What is installed cannot be read.
    """
    with store.changing(report):
        current = store.current()
        _lay_all(store, change.archives, report)
        after = _after(current.packages, change)
        if after == current.packages:
            return None
        return store.switch(change.action, after)


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
