"""Sources that are a folder or a file of a git repository, fetched without the rest of it.

In: a `Request` whose source is the page of a folder or a ``git+`` URL. Out: a `Fetched` that lays the subtree at its
path from the repository's root. Raises: `SourceError` for what does not exist or is refused, `IntegrityError` for what
is not what the recipe, the lock or an id says, `NetworkError` and `OfflineError`.

`obtain` finds out what is meant (`resolve`, `descend`) and brings it into the cache (`upstream`); `contents` reads,
judges and lays it; `modules` adds the submodules.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from guildpkg.core.digests import Entry
from guildpkg.core.events import Reporter
from guildpkg.sources.git import contents, modules
from guildpkg.sources.git.contents import Part
from guildpkg.sources.git.modules import Link
from guildpkg.sources.git.obtain import Obtained, obtain
from guildpkg.sources.git.upstream import Upstream, soundly
from guildpkg.sources.git.wanted import Wanted, read_request
from guildpkg.sources.request import Fetched, Request
from guildpkg.stores import repositories
from guildpkg.system.git.remote import DEFAULT, Patience

__all__ = ["Patience", "fetch"]


def fetch(request: Request, home: Path, report: Reporter, *, patience: Patience = DEFAULT) -> Fetched:
    """Bring a git source into the cache, as little of it as can be, and check every byte.

    A pinned source that is in the cache is read without any network; one that is not comes by the id of its subtree
    in one ``git fetch``. ``Step("Downloading URL")`` is reported when the network is about to be used.

    Args:
        request: What is wanted.
        home: ``$GUILD_HOME``.
        report: Told what happens.
        patience: When to give up on a server.

    Raises:
        SourceError: The repository, the ref or the path does not exist, or is of a kind that is refused.
        IntegrityError: The ref or the path has not what the recipe or the lock demands.
        NetworkError: The server failed, also after trying again.
        OfflineError: It is not in the cache, and the network may not be used.
    """
    wanted = read_request(request)
    upstream = Upstream(
        home,
        wanted.url.repository,
        wanted.remote,
        report=report,
        patience=patience,
        offline=request.offline,
        limits=request.limits,
    )
    found, part, links = soundly(upstream, wanted.algorithm, lambda: _main_part(upstream, wanted))
    parts = (part, *modules.fetch_all(links))
    contents.judge(parts)
    return Fetched(found.pin, found.way, upstream.shown, partial(_lay, home, parts, report))


def is_here(request: Request, home: Path) -> bool:
    """Tell, by looking only, whether `fetch` would need no network; of what is not pinned, whether it could do without.

    Raises:
        SourceError: The source's text is not one of a git source.
        IntegrityError: The recipe demands another commit or tree than the lock has.
    """
    wanted = read_request(request)
    if wanted.pin is None and not request.offline:
        return False
    return repositories.holds(home, wanted.url.repository, wanted.pin.tree if wanted.pin else None)


def _main_part(upstream: Upstream, wanted: Wanted) -> tuple[Obtained, Part, tuple[Link, ...]]:
    found = obtain(upstream, wanted)
    part = contents.inspect(upstream, found.root, wanted.limits)
    return found, part, modules.submodules_of(upstream, wanted, found.pin, part)


def _lay(home: Path, parts: tuple[Part, ...], report: Reporter, target: Path) -> tuple[Entry, ...]:
    entries = [entry for part in parts for entry in contents.lay(home, part, target)]
    contents.warn_of_dangling(entries, report)
    return tuple(sorted(entries, key=lambda entry: entry.path))
