"""Releases onto an index: what is new is put in, what is there must be the same, what is yanked says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import zstandard
from tuf.api.metadata import TargetFile

from guildpkg.core.packages.catalog import Release, Shard, Summary, format_shard, format_summary
from guildpkg.core.packages.catalog_reader import MOST_SHARD, read_shard, read_summary
from guildpkg.core.ports import IndexStore
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Exists, Unknown
from guildpkg.index.layout import MOST_METADATA, SUMMARIES, shard_target, summary_target, target_path
from guildpkg.index.state import State
from guildpkg.index.targets import read_target, unpacked
from guildpkg.index.writing import Change
from guildpkg.lean import dataclass

LEVEL: Final = 12
"""How hard a summary is compressed: 20 kB in about 5 ms."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A release that is to be published, and where its files lie now."""

    release: Release
    archive: Path
    manifest: bytes
    statement: bytes | None


def shard_of(state: State, name: str) -> Shard:
    """Give what an index says of a package: an empty shard when it says nothing.

    Raises:
        TrustError: The shard is not the one that was signed.
        CatalogError: It is unsound.
    """
    target = shard_target(name)
    found = state.role(state.bin_of(target)).signed.targets.get(target)
    return read_shard(read_target(state.reader, found, MOST_SHARD, state.name), name) if found else Shard(name)


def news(state: State, releases: Iterable[Release]) -> tuple[Release, ...]:
    """Say which releases the index does not have yet.

    Raises:
        Exists: It has a version of that name with other bytes.
    """
    found = []
    for release in releases:
        there = shard_of(state, release.name).find(release.version)
        if there is None:
            found.append(release)
        elif there.archive.sha256 != release.archive.sha256:
            hint = "a version never changes once it is published: raise the version in GuildPkg"
            said = f"{state.name} has {release.name} {release.version} already, with other bytes"
            raise Exists(f"the index {said} (sha256 {there.archive.sha256})", hint=hint)
    return tuple(found)


def upload(store: IndexStore, item: Upload) -> None:
    """Copy the files of a release in; nothing refers to them yet."""
    with item.archive.open("rb") as archive:
        store.upload(item.release.archive.path, archive, item.release.archive.sha256)
    store.create(item.release.manifest.path, item.manifest)
    if item.release.statement is not None and item.statement is not None:
        store.create(item.release.statement.path, item.statement)


def put(change: Change, store: IndexStore, releases: Sequence[Release]) -> None:
    """Put releases into the shards, the summaries and the roles that list them; `writing.publish` makes it so."""
    shards: dict[str, Shard] = {}
    for release in releases:
        shard = shards.get(release.name) or shard_of(change.state, release.name)
        shards[release.name] = shard.having(release)
    summaries: dict[str, Summary] = {}
    for shard in shards.values():
        target = shard_target(shard.name)
        role = change.state.bin_of(target)
        _set(change, store, role, target, format_shard(shard))
        summary = summaries.get(role) or summary_of(change.state, role)
        summaries[role] = summary.having(shard.line)
    for role, summary in summaries.items():
        data = zstandard.ZstdCompressor(level=LEVEL).compress(format_summary(summary))
        _set(change, store, SUMMARIES, summary_target(role), data)


def yanked(state: State, name: str, version: str, reason: str | None) -> Release:
    """Give a release with the reason why nobody should install it; None takes the reason back.

    Raises:
        Unknown: There is no such release.
    """
    shard = shard_of(state, name)
    if not shard.releases:
        raise Unknown(f"the index {state.name} has no package {name}", hint="`guild index list` shows the indexes")
    release = shard.find(version)
    if release is None:
        known = [item.version for item in shard.releases]
        raise Unknown(f"the index {state.name} has no {name} {version}", hint=did_you_mean(version, known))
    return replace(release, yanked=reason)


def summary_of(state: State, role: str) -> Summary:
    """Give the summary of a bin: an empty one when there is none yet."""
    found = state.role(SUMMARIES).signed.targets.get(summary_target(role))
    if found is None:
        return Summary()
    data = read_target(state.reader, found, MOST_METADATA, state.name)
    return read_summary(unpacked(data, found.path), found.path)


def _set(change: Change, store: IndexStore, role: str, target: str, data: bytes) -> None:
    found = TargetFile.from_data(target, data, ["sha256"])
    change.role(role).targets[target] = found
    store.create(target_path(target, found.hashes["sha256"]), data)
