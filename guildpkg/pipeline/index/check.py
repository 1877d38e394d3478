"""`guild index check` and `serve`: is all of an index there and right, what is old, how does it look from outside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from guildpkg.errors import Unknown
from guildpkg.index.checking import Checked, check_index, prune
from guildpkg.index.layout import TIMESTAMP
from guildpkg.pipeline.index.admin import load, the_index
from guildpkg.pipeline.setting import Setting
from guildpkg.system.http import static

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer


def check(name: str, setting: Setting) -> Checked:
    """Read all of an index and compare it with what was signed.

    Raises:
        GuildError: It cannot be read as a whole: it is none of one's own, or its metadata is not to be trusted.
    """
    known, store = the_index(name, setting, make=False)
    return check_index(load(known, store), store, setting.report)


def clean(name: str, checked: Checked, setting: Setting, *, dry_run: bool = False) -> int:
    """Remove what nothing refers to any more, but for the last week's; say how many bytes that were, or would be.

    Nothing goes while there are faults: what cannot be read may refer to it.
    """
    known, store = the_index(name, setting, make=False)
    if dry_run:
        return prune(checked, store, dry_run=True)
    with store.turn():
        again = check_index(load(known, store), store, setting.report)
        return prune(Checked(again.packages, again.releases, again.size, again.faults, _both(again, checked)), store)


def _both(first: Checked, second: Checked) -> tuple[tuple[str, int], ...]:
    """Give what two checks agree on: what somebody is publishing just now is not old."""
    return tuple(sorted(set(first.old) & set(second.old)))


@contextlib.contextmanager
def serving(name: str, port: int, setting: Setting, *, folder: Path | None = None) -> Iterator[ThreadingHTTPServer]:
    """Serve an index on the loopback interface, as any web server could.

    Args:
        name: Name of the index; empty for one's own.
        port: Where; 0 for any that is free.
        setting: The outside world.
        folder: The folder that the name may be the path of; it is served when no index has this name.
    """
    try:
        root = Path(the_index(name, setting, make=False)[0].store)
    except Unknown:
        if folder is None or not (folder / TIMESTAMP).is_file():
            raise
        root = folder
    with static.serving(root, port, setting.report) as server:
        yield server
