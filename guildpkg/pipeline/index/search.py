"""`guild search` and `guild info`: words -> packages of all indexes that are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guildpkg.core.events import Warn
from guildpkg.core.packages.catalog import Line, Release, Shard
from guildpkg.core.packages.search import matching, rank, wanted
from guildpkg.errors import NetworkError, Unknown, UsageFault
from guildpkg.index.search import Catalogue
from guildpkg.index.trust import Known
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.local import known_indexes
from guildpkg.pipeline.setting import Setting


@dataclass(frozen=True, slots=True)
class Hit:
    """A package that was found.

    Attributes:
        line: What the index says of it.
        index: The index.
        installed: True when that version is installed.
    """

    line: Line
    index: str
    installed: bool

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        line = self.line
        return {
            "name": line.name,
            "version": line.version,
            "description": line.description,
            "versions": line.versions,
            "yanked": line.yanked,
            "index": self.index,
            "installed": self.installed,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """How to search.

    Attributes:
        index: The only index to look into; empty for all.
        offline: True to use what was read before, however old it is.
        refresh: True to ask the indexes whatever their age.
    """

    index: str = ""
    offline: bool = False
    refresh: bool = False


def search(words: Sequence[str], look: Look, setting: Setting) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
    """Look for packages.

    Returns:
        What was found, and the names of the indexes that were looked into.

    Raises:
        UsageFault: A word is no regular expression.
        TrustError: An index is not what its keys signed, or is out of date.
    """
    meant = wanted(words)
    found: dict[str, Hit] = {}
    names = []
    for known in known_indexes(setting, look.index):
        names.append(known.name)
        for line in matching(_text(known, look, setting), meant):
            installed = (setting.home / "packages" / f"{line.name}-{line.version}").exists()
            # the first index that has a name decides, as it does when it is installed
            found.setdefault(line.name, Hit(line, known.name, installed))
    return tuple(sorted(found.values(), key=lambda hit: rank(hit.line, words))), tuple(names)


def _text(known: Known, look: Look, setting: Setting) -> str:
    catalogue = Catalogue(known)
    text = None if look.refresh else catalogue.ready(setting.now())
    if text is not None:
        return text
    if look.offline:
        return catalogue.kept()
    from guildpkg.pipeline.index.trusted import Indexes  # TUF and HTTP, which a search most often needs not
    from guildpkg.system.http.transfer import Settings

    kept = catalogue.kept()
    patience = Settings(attempts=1, connect=5) if kept else Settings()
    with Indexes(setting, only=known.name, patience=patience) as indexes:
        try:
            return catalogue.made(indexes.client(known), setting.now(), setting.report)
        except NetworkError as error:
            if not kept:
                raise
            setting.report(Warn(f"{error}; what was read before is searched"))
            return kept


@dataclass(frozen=True, slots=True)
class Info:
    """What is known of a package.

    Attributes:
        index: The index that has it.
        newest: The version that somebody who names none gets.
        shard: All of them.
    """

    index: str
    newest: Release
    shard: Shard

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that can be had, the newest first."""
        return tuple(item.version for item in reversed(self.shard.releases) if item.yanked is None)

    @property
    def yanked(self) -> tuple[tuple[str, str], ...]:
        """The versions that nobody should install, and why."""
        return tuple((item.version, item.yanked) for item in self.shard.releases if item.yanked is not None)

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        releases = [item.as_json() for item in reversed(self.shard.releases)]
        return {"name": self.shard.name, "index": self.index, "newest": self.newest.version, "releases": releases}


def info(name: str, setting: Setting, *, offline: bool = False) -> Info:
    """Say what the indexes know of a package.

    Raises:
        UsageFault: That is no name.
        Unknown: None has it.
    """
    from guildpkg.core.names import check_name
    from guildpkg.pipeline.index.trusted import Indexes

    if check_name(name):
        raise UsageFault(f"{name!r} is not the name of a package", hint="a name alone: all versions are told of")
    with Indexes(setting, offline=offline) as indexes:
        offers = indexes.releases(name)
        asked = [known.name for known in indexes.known()]
    if not offers:
        where = f"none of the indexes has it: {', '.join(asked)}" if asked else "there are no indexes yet"
        hint = "`guild index list` shows the indexes, `guild publish` puts packages on one"
        raise Unknown(f"no package is called {name}: {where}", hint=hint)
    shard = Shard(name, tuple(offer.release for offer in offers))
    newest = shard.newest
    assert newest is not None
    return Info(offers[0].index, newest, shard)
