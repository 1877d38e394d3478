"""An index as whoever publishes on it sees it: verified against the root keys, and ready to be changed.

A publisher signs what it has read, so it believes no file that the right keys have not signed, whoever else can
write into the store. Expiry does not count here: renewing is the publisher's own work.
"""

from __future__ import annotations

import json
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from securesystemslib.exceptions import StorageError
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from guildpkg.core.ports import IndexReader
from guildpkg.errors import TrustError
from guildpkg.index.layout import MOST_METADATA, NAMES, TIMESTAMP, metadata_path
from guildpkg.index.refusals import refusing
from guildpkg.lean import dataclass
from guildpkg.system.http.transfer import Missing

Kind = TypeVar("Kind", Root, Timestamp, Snapshot, Targets)

DAYS: Final = 30
"""Days for which a signed timestamp holds, unless the index was told otherwise."""

LONG: Final = 3650
"""Days for which all else holds: it is the timestamp that says whether it is the newest."""

DAYS_KEY: Final = "x-guildpkg-days"
"""Where the timestamp says for how many days the next one is to hold."""

_COMPACT: Final = JSONSerializer(compact=True)


@dataclass(slots=True)
class State:
    """The verified metadata of an index; roles are loaded when they are asked for.

    Attributes:
        reader: Where it comes from.
        name: What messages call the index.
        root: The newest root.
        timestamp: What the index says now.
        snapshot: The versions of all roles.
        written: The timestamp as it lies there, to notice when somebody else moves on.
        roles: Roles loaded so far.
    """

    reader: IndexReader
    name: str
    root: Metadata[Root]
    timestamp: Metadata[Timestamp]
    snapshot: Metadata[Snapshot]
    written: bytes
    roles: dict[str, Metadata[Targets]] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """For how many days a timestamp holds."""
        days = self.timestamp.signed.unrecognized_fields.get(DAYS_KEY)
        return days if type(days) is int and 0 < days <= LONG else DAYS

    @property
    def targets(self) -> Metadata[Targets]:
        """The role that hands out all others."""
        return self.role("targets")

    @property
    def names(self) -> Metadata[Targets]:
        """The role that hands shards to bins."""
        return self.role(NAMES)

    def role(self, role: str) -> Metadata[Targets]:
        """Give a role that lists targets: ``targets``, ``names``, ``summaries`` or a bin.

        Raises:
            TrustError: It is not signed as it must be, or is not the one in the snapshot.
        """
        if role not in self.roles:
            with refusing(self.name):
                version = self.snapshot.signed.meta[f"{role}.json"].version
                found = _parsed(self.reader, metadata_path(role, version), Targets, self.name)
                delegator = self.root.signed if role == "targets" else self._delegator(role)
                delegator.verify_delegate(role, found.signed_bytes, found.signatures)
                if found.signed.version != version:
                    raise TrustError(f"the index {self.name} has another version of {role} than its snapshot says")
            self.roles[role] = found
        return self.roles[role]

    def bin_of(self, target: str) -> str:
        """Name the bin that lists a target."""
        delegations = self.names.signed.delegations
        assert delegations is not None
        assert delegations.succinct_roles is not None
        return delegations.succinct_roles.get_role_for_target(target)

    @property
    def bins(self) -> tuple[str, ...]:
        """The names of all bins."""
        delegations = self.names.signed.delegations
        assert delegations is not None
        assert delegations.succinct_roles is not None
        return tuple(delegations.succinct_roles.get_roles())

    def _delegator(self, role: str) -> Targets:
        parent = self.targets.signed
        listed = parent.delegations.roles if parent.delegations else None
        return parent if listed and role in listed else self.names.signed


def load_state(reader: IndexReader, pinned: bytes, name: str, *, seen: int = 0) -> State:
    """Read and verify what an index says now.

    Args:
        reader: Its files.
        pinned: A root that is trusted.
        name: What messages call the index.
        seen: The newest version of the timestamp that was ever seen: nothing older is taken.

    Raises:
        TrustError: It is not what its keys signed, or older than what was seen.
    """
    with refusing(name):
        root = Metadata[Root].from_bytes(pinned)
        while (newer := _next_root(reader, root, name)) is not None:
            root = newer
        # read once: what is changed is what was judged, whoever publishes meanwhile
        written = reader.read(TIMESTAMP, MOST_METADATA)
        timestamp = _read_as(Timestamp, written, TIMESTAMP, name)
        root.signed.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)
        if timestamp.signed.version < seen:
            said = f"timestamp {timestamp.signed.version} is there, {seen} was there before"
            hint = "a copy of the index that is newer has to be put back before anything is published"
            raise TrustError(f"the index {name} has gone back to an older state: {said}", hint=hint)
        version = timestamp.signed.snapshot_meta.version
        snapshot = _parsed(reader, metadata_path("snapshot", version), Snapshot, name)
        root.signed.verify_delegate("snapshot", snapshot.signed_bytes, snapshot.signatures)
        if snapshot.signed.version != version:
            raise TrustError(f"the index {name} has another snapshot than its timestamp says")
        return State(reader, name, root, timestamp, snapshot, written)


def read_root(reader: IndexReader, version: int, name: str) -> Metadata[Root]:
    """Read a root; who signed it is not looked at.

    Raises:
        Missing: It is not there.
        TrustError: It is no root, or another one.
    """
    found = _parsed(reader, metadata_path("root", version), Root, name)
    if found.signed.version != version:
        raise TrustError(f"the index {name} has another root than version {version} in its place")
    return found


def to_bytes(metadata: Metadata[Kind]) -> bytes:
    """Write metadata as it is published."""
    return metadata.to_bytes(_COMPACT)


def expiry(now: float, days: int) -> datetime:
    """Say when something signed now stops to hold."""
    return datetime.fromtimestamp(int(now), tz=UTC) + timedelta(days=days)


def _next_root(reader: IndexReader, root: Metadata[Root], name: str) -> Metadata[Root] | None:
    try:
        newer = read_root(reader, root.signed.version + 1, name)
    except Missing:
        return None
    for signer in (root.signed, newer.signed):
        signer.verify_delegate("root", newer.signed_bytes, newer.signatures)
    return newer


def _parsed(reader: IndexReader, path: str, kind: type[Kind], name: str) -> Metadata[Kind]:
    return _read_as(kind, reader.read(path, MOST_METADATA), path, name)


def _read_as(kind: type[Kind], data: bytes, path: str, name: str) -> Metadata[Kind]:
    if len(data) > MOST_METADATA:
        raise DownloadError(f"{path} has more than {MOST_METADATA:,} bytes")
    try:
        found: Metadata[Kind] = Metadata.from_bytes(data)
    except (DeserializationError, StorageError, RepositoryError, json.JSONDecodeError) as error:
        raise TrustError(f"the index {name} cannot be trusted: {path} is no metadata") from error
    if not isinstance(found.signed, kind):
        raise TrustError(f"the index {name} cannot be trusted: {path} is of another kind")
    return found
