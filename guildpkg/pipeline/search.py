"""`guild info`: a package -> what the indexes that are trusted say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guildpkg.core.catalog import Release, Shard
from guildpkg.errors import Unknown
from guildpkg.pipeline.indexes import Indexes
from guildpkg.pipeline.setting import Setting


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
        Unknown: None has it.
    """
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
