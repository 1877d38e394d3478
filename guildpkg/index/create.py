"""A new index: two keys, a root that says so, and as many empty bins as it will ever have."""

from __future__ import annotations

import contextlib
import glob
import os
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signer
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    Targets,
    Timestamp,
)

from guildpkg.errors import Busy, Exists, GuildError
from guildpkg.index.keys import KeyRing
from guildpkg.index.layout import BIN, NAMES, SUMMARIES, TIMESTAMP, metadata_path
from guildpkg.index.state import DAYS, DAYS_KEY, LONG, expiry, to_bytes
from guildpkg.system.disk import locked, remove, room_for, sync_folder


def create(folder: Path, ring: KeyRing, *, bits: int, now: float, days: int = DAYS, passphrase: str = "") -> bytes:
    """Make an index in a folder that is not there, or is empty.

    All of it is made beside and renamed, so after a kill there is an index or none; a failure leaves no keys either.

    Args:
        folder: Where; its parents are made.
        ring: Keeps the two new keys.
        bits: Two to the power of this is the number of bins.
        now: Seconds since the epoch.
        days: For how many days a timestamp holds.
        passphrase: What to encrypt the keys with.

    Returns:
        The root metadata.

    Raises:
        Exists: There is something in the folder.
        GuildError: It cannot be written.
    """
    refuse_taken(folder)
    signers: list[Signer] = []
    with room_for(folder):
        beside = _begin(folder)
        try:
            with locked(beside):
                for _ in ("root", "publish"):
                    signers.append(ring.make(passphrase))
                files = _files(*signers, bits=bits, now=now, days=days)
                _write(files, beside)
                _put(beside, folder)
        except BaseException:
            if beside.exists():  # it has not got its name
                remove(beside)
                for signer in signers:
                    ring.drop(signer.public_key.keyid)
            raise
    return files[metadata_path("root", 1)]


def _begin(folder: Path) -> Path:
    """Make the folder in which an index is made."""
    beside = folder.with_name(f".{folder.name}.{os.urandom(4).hex()}.new.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        beside.mkdir()
    except (FileNotFoundError, FileExistsError) as error:  # so do /proc and its kin refuse
        raise GuildError(f"{folder} cannot be written: {error.strerror}", hint="choose another place") from error
    return beside


def _write(files: dict[str, bytes], beside: Path) -> None:
    for path, data in files.items():
        place = beside / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    for made in {place.parent for place in beside.rglob("*")}:
        sync_folder(made)


def _put(beside: Path, folder: Path) -> None:
    """Give a whole index its name, unless somebody was quicker."""
    try:
        beside.replace(folder)
    except OSError:
        refuse_taken(folder)
        raise
    sync_folder(folder.parent)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left beside a folder; what one is still making is locked."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.????????.new.tmp"):
        with contextlib.suppress(Busy, FileNotFoundError), locked(left, wait=0):
            remove(left)


def refuse_taken(folder: Path) -> None:
    """Stop before an index is made where something is already.

    Raises:
        Exists: There is something in the folder.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        what = "holds an index already" if (folder / TIMESTAMP).exists() else "is not empty"
        raise Exists(f"{folder} {what}", hint=f"`guild index add NAME {folder}` uses an index that is there")


def _files(root: Signer, publish: Signer, *, bits: int, now: float, days: int) -> dict[str, bytes]:
    bins = _succinct(publish.public_key, bits)
    delegations = Delegations({publish.public_key.keyid: publish.public_key}, succinct_roles=bins)
    found: dict[str, Metadata[Any]] = {
        "targets": Metadata(Targets(expires=expiry(now, LONG), delegations=_handed_out(root, publish))),
        NAMES: Metadata(Targets(expires=expiry(now, LONG), delegations=delegations)),
        SUMMARIES: Metadata(Targets(expires=expiry(now, LONG))),
        **{role: Metadata(Targets(expires=expiry(now, LONG))) for role in bins.get_roles()},
    }
    meta = {f"{role}.json": MetaFile(1) for role in found}
    found["root"] = Metadata(_root(root.public_key, publish.public_key, now))
    found["snapshot"] = Metadata(Snapshot(expires=expiry(now, days), meta=meta))
    stamp = Timestamp(expires=expiry(now, days), snapshot_meta=MetaFile(1), unrecognized_fields={DAYS_KEY: days})
    files = {}
    for role, metadata in [*found.items(), ("timestamp", Metadata(stamp))]:
        metadata.sign(root if role in ("root", "targets", NAMES) else publish)
        files[TIMESTAMP if role == "timestamp" else metadata_path(role, 1)] = to_bytes(metadata)
    return files


def _root(root: Key, publish: Key, now: float) -> Root:
    found = Root(expires=expiry(now, LONG), consistent_snapshot=True)
    for role, key in (("root", root), ("targets", root), ("snapshot", publish), ("timestamp", publish)):
        found.add_key(key, role)
    return found


def _handed_out(root: Signer, publish: Signer) -> Delegations:
    keys = {signer.public_key.keyid: signer.public_key for signer in (root, publish)}
    roles = {
        NAMES: DelegatedRole(NAMES, [root.public_key.keyid], 1, terminating=True, paths=["shards/*"]),
        SUMMARIES: DelegatedRole(SUMMARIES, [publish.public_key.keyid], 1, terminating=True, paths=["summaries/*"]),
    }
    return Delegations(keys, roles)


def _succinct(key: Key, bits: int) -> SuccinctRoles:
    return SuccinctRoles([key.keyid], 1, bits, BIN)
