"""Other keys for an index: a new root that its old keys have signed, and all that the keys that went had signed.

A publish key that is only added needs three roles signed anew; one that goes needs all bins. What a client has trusted
by a key that went it trusts no longer, so an attacker who had raised version numbers with it is left behind.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final

from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root, Targets

from guildpkg.errors import GuildError
from guildpkg.index.keys import KeyRing
from guildpkg.index.layout import NAMES, SUMMARIES
from guildpkg.index.state import LONG, State, expiry
from guildpkg.index.writing import Change

ROOT: Final = "root"
PUBLISH: Final = "publish"
GROUPS: Final = (ROOT, PUBLISH)

Keys = Mapping[str, Key]


def keys_of(state: State, group: str) -> dict[str, Key]:
    """Give the keys of a group: those that sign the root, or those that publish."""
    role = state.root.signed.roles["root" if group == ROOT else "timestamp"]
    return {keyid: state.root.signed.keys[keyid] for keyid in role.keyids}


def rekey(change: Change, root: Keys, publish: Keys) -> None:
    """Give an index these keys and no others; `writing.publish` makes it so.

    Args:
        change: What is to become of the index; nothing else is in it.
        root: Keys of which each may sign the root.
        publish: Keys of which each may publish.

    Raises:
        GuildError: A group would be empty, or a root key that has to sign is not here.
    """
    _refuse_none(change.state, root, publish)
    gone = set(keys_of(change.state, PUBLISH)) - set(publish)
    for role in ("targets", NAMES, *((SUMMARIES, *change.state.bins) if gone else ())):
        change.role(role)  # verified by the keys that there are, before others take their place
    _delegations(change.role("targets"), change.role(NAMES), root, publish)
    change.root = _new_root(change, root, publish)


def check_rekey(state: State, ring: KeyRing, root: Keys, publish: Keys, *, new: str = "") -> None:
    """Refuse what `rekey`, and publishing it, would refuse; no key is opened.

    Args:
        state: What the index is.
        ring: The keys to sign with.
        root: As for `rekey`.
        publish: As for `rekey`.
        new: Id of a key among them that would be made, and so be here.

    Raises:
        GuildError: As for `rekey`.
    """
    _refuse_none(state, root, publish)
    ring.choose(list(keys_of(state, ROOT)), "a new root")
    for keys, what in ((root, "a new root"), (publish, f"snapshot of the index {state.name}")):
        if new not in keys:
            ring.choose(list(keys), what)


def _refuse_none(state: State, root: Keys, publish: Keys) -> None:
    for group, keys in ((ROOT, root), (PUBLISH, publish)):
        if not keys:
            hint = f"`guild index keys --rotate {group}` puts a new one in its place"
            raise GuildError(f"the index {state.name} would be left without a {group} key", hint=hint)


def _new_root(change: Change, root: Keys, publish: Keys) -> Metadata[Root]:
    signed = copy.deepcopy(change.state.root.signed)
    signed.version += 1
    signed.expires = expiry(change.now, LONG)
    signed.keys = {**root, **publish}
    for role, keys in (("root", root), ("targets", root), ("snapshot", publish), ("timestamp", publish)):
        signed.roles[role].keyids = list(keys)
    metadata = Metadata(signed)
    # both the old and the new root must be satisfied by its signatures
    metadata.sign(change.ring.one_of(list(keys_of(change.state, ROOT)), "a new root"))
    if not set(metadata.signatures) & set(root):
        metadata.sign(change.ring.one_of(list(root), "a new root"), append=True)
    return metadata


def _delegations(targets: Targets, names: Targets, root: Keys, publish: Keys) -> None:
    assert targets.delegations is not None
    assert targets.delegations.roles is not None
    targets.delegations.keys = {**root, **publish}
    targets.delegations.roles[NAMES].keyids = list(root)
    targets.delegations.roles[SUMMARIES].keyids = list(publish)
    assert names.delegations is not None
    assert names.delegations.succinct_roles is not None
    names.delegations.keys = dict(publish)
    names.delegations.succinct_roles.keyids = list(publish)
