"""Changed roles -> a new state of an index, published by one last write.

Order: the snapshot is created under a number of its own, which claims that number (`claim`); then the roles that it
names; then the timestamp is replaced, and only now anybody sees any of it. A kill before that leaves files that
nothing refers to; a kill after it leaves nothing to do. A new root comes last of all: what comes before it is signed
by the old keys too, so that the index holds whichever root a client knows. Only where those keys are lost it comes
before the timestamp: it trusts them still, and so what they have signed. Each publish writes as many files as it
changes roles, however many packages there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any, Final

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from guildpkg.core.ports import IndexStore
from guildpkg.errors import Busy
from guildpkg.index.keys import KeyRing
from guildpkg.index.layout import BIN, TIMESTAMP, metadata_path
from guildpkg.index.state import DAYS_KEY, LONG, State, expiry, to_bytes
from guildpkg.lean import dataclass
from guildpkg.system.http.transfer import Missing

PATIENCE: Final = 2.0
"""Seconds for which a number that somebody claimed is left to them, where locks may not work (network disks)."""


class Raced(Busy):
    """Somebody else published meanwhile: what was read is not the newest any more."""


@dataclass(slots=True)
class Change:
    """What is to become of an index.

    Attributes:
        state: What it is.
        ring: The keys to sign with.
        now: Seconds since the epoch.
        roles: Roles that change, by name.
        root: A new root; None to keep it.
        days: For how many days the timestamp holds; None for as many as before.
    """

    state: State
    ring: KeyRing
    now: float
    roles: dict[str, Metadata[Targets]] = field(default_factory=dict)
    root: Metadata[Root] | None = None
    days: int | None = None

    def role(self, role: str) -> Targets:
        """Give a role in order to change it."""
        self.roles.setdefault(role, self.state.role(role))
        return self.roles[role].signed

    @property
    def newest_root(self) -> Root:
        """The root by which all else is signed."""
        return (self.root or self.state.root).signed


def publish(change: Change, store: IndexStore) -> int:
    """Sign a change and make it what the index says; the caller has the store's turn.

    Returns:
        The version of the new snapshot.

    Raises:
        Raced: Somebody else is publishing; nothing was changed.
        GuildError: A key that has to sign is not here; nothing was changed.
    """
    state = change.state
    number = _free_number(store, state)
    meta = dict(state.snapshot.signed.meta)
    written: list[tuple[str, bytes]] = []
    for role, metadata in sorted(change.roles.items()):
        metadata.signed.version = number
        metadata.signed.expires = expiry(change.now, LONG)
        sign(change, metadata, role, keyids_of(change, role))
        meta[f"{role}.json"] = MetaFile(number)
        written.append((metadata_path(role, number), to_bytes(metadata)))
    days = change.days or state.days
    snapshot = Metadata(Snapshot(version=number, expires=expiry(change.now, days), meta=meta))
    sign(change, snapshot, "snapshot", change.newest_root.roles["snapshot"].keyids)
    timestamp = Metadata(
        Timestamp(
            version=state.timestamp.signed.version + 1,
            expires=expiry(change.now, days),
            snapshot_meta=MetaFile(number),
            unrecognized_fields={DAYS_KEY: days},
        )
    )
    sign(change, timestamp, "timestamp", change.newest_root.roles["timestamp"].keyids)
    if not store.create(metadata_path("snapshot", number), to_bytes(snapshot)):
        raise _busy(state)
    for path, data in written:
        store.replace(path, data)
    _refuse_moved(store, state)
    last = [(TIMESTAMP, to_bytes(timestamp))]
    if change.root is not None:
        known = set(timestamp.signatures) & set(state.root.signed.roles["timestamp"].keyids)
        last.insert(1 if known else 0, (metadata_path("root", change.root.signed.version), to_bytes(change.root)))
    for path, data in last:
        store.replace(path, data)
    return number


def sign(change: Change, metadata: Metadata[Any], role: str, keyids: Iterable[str]) -> None:
    """Sign metadata with one of the keys that may; under a new root also with one that might under the old."""
    metadata.sign(change.ring.one_of(list(keyids), f"{role} of the index {change.state.name}"))
    if change.root is not None and role in change.state.root.signed.roles:
        before = [keyid for keyid in change.state.root.signed.roles[role].keyids if change.ring.has(keyid)]
        if before and not set(before) & set(metadata.signatures):
            metadata.sign(change.ring.one_of(before, role), append=True)


def keyids_of(change: Change, role: str) -> list[str]:
    """Give the keys of a role that lists targets."""
    if role == "targets":
        return change.newest_root.roles["targets"].keyids
    parent = "names" if role.startswith(f"{BIN}-") else "targets"
    delegator = (change.roles.get(parent) or change.state.role(parent)).signed
    return delegator.get_delegated_role(role).keyids


def patiently(action: Callable[[], int], attempts: int = 10) -> int:
    """Do *action* again while somebody else publishes, a little later each time."""
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except Raced:
            if attempt == attempts:
                raise
            time.sleep(0.1 * attempt)
    raise AssertionError


def _free_number(store: IndexStore, state: State) -> int:
    """Find the number of the next snapshot, past those that killed publishers have claimed."""
    number = state.snapshot.signed.version + 1
    while store.exists(path := metadata_path("snapshot", number)):
        # a clock that is ahead would make it young for ever: no longer than that by a clock that nobody sets
        deadline = time.monotonic() + PATIENCE
        while store.age(path) < PATIENCE and time.monotonic() < deadline:
            time.sleep(0.1)
            _refuse_moved(store, state)
        number += 1
    return number


def _refuse_moved(store: IndexStore, state: State) -> None:
    try:
        there = store.read(TIMESTAMP, 1 << 20)
    except Missing:
        return
    if there != state.written:
        raise _busy(state)


def _busy(state: State) -> Raced:
    return Raced(f"somebody else is publishing on the index {state.name}", hint="run it again")
