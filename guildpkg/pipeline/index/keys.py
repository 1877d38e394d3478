"""`guild index keys`: who may sign an index, and how that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner, Key

from guildpkg.core.words import count
from guildpkg.errors import Exists, GuildError, Unknown
from guildpkg.index.folder import FolderStore
from guildpkg.index.keys import MOST_KEY, KeyRing, Passphrase, public_text, read_public
from guildpkg.index.layout import METADATA, MOST_METADATA
from guildpkg.index.rekey import GROUPS, PUBLISH, ROOT, check_rekey, keys_of, rekey
from guildpkg.index.state import State
from guildpkg.index.writing import Change, patiently
from guildpkg.index.writing import publish as write
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.admin import load, ring_of, the_index
from guildpkg.pipeline.setting import Setting
from guildpkg.system import exclusive

Keys = dict[str, Key]
Decide = Callable[[Keys, Keys, KeyRing], tuple[Keys, Keys]]
"""Says which keys are to be an index's root keys and publish keys, given those that are."""


@dataclass(frozen=True, slots=True)
class Row:
    """A key of an index.

    Attributes:
        group: ``root`` or ``publish``.
        id: Its id.
        here: True when this user has its private half.
        encrypted: True when that wants a passphrase.
    """

    group: str
    id: str
    here: bool
    encrypted: bool

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {"group": self.group, "id": self.id, "here": self.here, "encrypted": self.encrypted}


def listing(name: str, setting: Setting) -> tuple[Row, ...]:
    """List the keys of an index that can be written from here."""
    known, store = the_index(name, setting, make=False)
    state, ring = load(known, store), ring_of(setting)
    return tuple(
        Row(group, keyid, ring.has(keyid), ring.encrypted(keyid)) for group in GROUPS for keyid in keys_of(state, group)
    )


def check_make(target: Path) -> None:
    """Refuse a file that the public half of a new key cannot be written into.

    Raises:
        Exists: There is such a file already.
        GuildError: There is no folder for it.
    """
    if not target.parent.is_dir():
        raise GuildError(f"there is no folder {target.parent}", hint="make it, or name another file")
    if target.exists():
        raise Exists(f"{target.name} is there already", hint="name another file")


def make(target: Path, setting: Setting, passphrase: str) -> str:
    """Make a key, and write its public half for whoever runs an index.

    Returns:
        The id of the key.

    Raises:
        Exists: There is such a file already.
        GuildError: It cannot be written.
    """
    check_make(target)
    ring = ring_of(setting)
    key = ring.make(passphrase).public_key
    try:
        if not exclusive.create(target, public_text(key)):
            raise Exists(f"{target.name} is there already", hint="name another file")
    except BaseException:
        ring.drop(key.keyid)
        raise
    return key.keyid


def add(name: str, public: Path, setting: Setting, ask: Passphrase) -> str:
    """Let one more key publish, that of somebody else for instance.

    Returns:
        The id of the key.
    """
    key = _public_of(public)
    _change(name, setting, ask, _more(key))
    return key.keyid


def plan_add(name: str, public: Path, setting: Setting) -> str:
    """Give the id of the key that `add` would let publish, or refuse what it would refuse; nothing is changed."""
    key = _public_of(public)
    _plan(name, setting, _more(key))
    return key.keyid


def rotate(name: str, group: str, setting: Setting, ask: Passphrase, passphrase: str) -> str:
    """Put a new key in the place of those of a group that are here.

    Returns:
        The id of the new key.
    """
    _, store = the_index(name, setting, make=False)  # before there is a key for nothing
    here = ring_of(setting)
    new = here.make(passphrase).public_key
    try:
        _change(name, setting, ask, _turned(group, new))
    except BaseException:
        if not _mentioned(new.keyid, store):
            here.drop(new.keyid)
        raise
    return new.keyid


def check_rotate(name: str, group: str, setting: Setting) -> None:
    """Refuse what `rotate` would refuse; no key is made."""
    new = CryptoSigner.generate_ed25519().public_key
    _plan(name, setting, _turned(group, new), new=new.keyid)


def revoke(name: str, keyid: str, setting: Setting, ask: Passphrase) -> str:
    """Take a key away: what it signs counts no longer.

    Args:
        name: Name of the index; empty for one's own.
        keyid: The key's id, or the beginning of it.
        setting: The outside world.
        ask: Asked for passphrases.

    Returns:
        The id of the key.
    """
    gone: list[str] = []
    _change(name, setting, ask, _fewer(keyid, gone))
    return gone[0]


def plan_revoke(name: str, keyid: str, setting: Setting) -> str:
    """Give the id of the key that `revoke` would take away, or refuse what it would refuse; nothing is changed."""
    gone: list[str] = []
    _plan(name, setting, _fewer(keyid, gone))
    return gone[0]


def find(name: str, beginning: str, setting: Setting) -> str:
    """Give the id of the key of an index that has this beginning.

    Raises:
        Unknown: There is none, or there are several.
    """
    return _the_one([row.id for row in listing(name, setting)], beginning)


def _the_one(keyids: Iterable[str], beginning: str) -> str:
    found = [keyid for keyid in dict.fromkeys(keyids) if keyid.startswith(beginning)]
    if len(found) != 1:
        said = f"{count(len(found), 'key')} of the index begin with {beginning!r}"
        raise Unknown(said, hint="`guild index keys` lists them")
    return found[0]


def _without(keys: Keys, gone: list[str]) -> Keys:
    return {keyid: key for keyid, key in keys.items() if keyid not in gone}


def _public_of(public: Path) -> Key:
    if not public.is_file():
        raise GuildError(f"there is no file {public.name}", hint="it is what `guild index keys --make FILE` wrote")
    with public.open("rb") as file:
        return read_public(file.read(MOST_KEY), public.name)


def _mentioned(keyid: str, store: FolderStore) -> bool:
    """Tell whether anything that was written names a key; it may be needed then, however the change ended."""
    return any(keyid.encode() in store.read(path, MOST_METADATA) for path, _ in store.names(METADATA))


def _more(key: Key) -> Decide:
    def decide(root: Keys, publish: Keys, _: KeyRing) -> tuple[Keys, Keys]:
        if key.keyid in publish:
            raise Exists(f"key {key.keyid[:12]} may publish already")
        return root, {**publish, key.keyid: key}

    return decide


def _turned(group: str, new: Key) -> Decide:
    def decide(root: Keys, publish: Keys, ring: KeyRing) -> tuple[Keys, Keys]:
        def turned(keys: Keys) -> Keys:
            return {**{keyid: key for keyid, key in keys.items() if not ring.has(keyid)}, new.keyid: new}

        return (turned(root), publish) if group == ROOT else (root, turned(publish))

    return decide


def _fewer(beginning: str, gone: list[str]) -> Decide:
    def decide(root: Keys, publish: Keys, _: KeyRing) -> tuple[Keys, Keys]:
        gone[:] = [_the_one({**root, **publish}, beginning)]
        return _without(root, gone), _without(publish, gone)

    return decide


def _change(name: str, setting: Setting, ask: Passphrase, decide: Decide) -> None:
    known, store = the_index(name, setting, make=False)
    ring = ring_of(setting, ask)

    def once() -> int:
        with store.turn():
            state: State = load(known, store, floor=False)
            change = Change(state, ring, setting.now())
            rekey(change, *decide(keys_of(state, ROOT), keys_of(state, PUBLISH), ring))
            return write(change, store)

    patiently(once)


def _plan(name: str, setting: Setting, decide: Decide, *, new: str = "") -> None:
    """Refuse what `_change` would refuse; no key is opened, and nothing is written."""
    known, store = the_index(name, setting, make=False)
    ring, state = ring_of(setting), load(known, store, floor=False)
    check_rekey(state, ring, *decide(keys_of(state, ROOT), keys_of(state, PUBLISH), ring), new=new)
