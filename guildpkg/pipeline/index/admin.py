"""`guild index`: indexes are made, trusted, forgotten, and signed again before they expire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Step, Warn
from guildpkg.errors import GuildError, Unknown, UsageFault
from guildpkg.index import trust
from guildpkg.index.create import create, refuse_taken
from guildpkg.index.folder import FolderStore
from guildpkg.index.keys import KeyRing, Passphrase, no_passphrase
from guildpkg.index.layout import BITS, METADATA, TIMESTAMP
from guildpkg.index.state import DAYS, State, expiry, load_state
from guildpkg.index.trust import Known
from guildpkg.index.writing import Change, patiently
from guildpkg.index.writing import publish as write
from guildpkg.lean import dataclass
from guildpkg.pipeline.index.local import LOCAL, find_in_turn, find_local, in_turn
from guildpkg.pipeline.setting import Setting


def init(
    folder: Path, name: str, setting: Setting, *, days: int | None = None, bits: int = BITS, passphrase: str = ""
) -> Known:
    """Make an index in a folder, with keys of its own, and trust it.

    Raises:
        Exists: The folder is not empty, or an index of that name is known.
        GuildError: The folder cannot be written.
    """
    trust.check_new(setting.home, name, str(folder))
    setting.report(Step(f"Making an index in {folder}"))
    root = create(folder, ring_of(setting), bits=bits, now=setting.now(), days=days or DAYS, passphrase=passphrase)
    return trust.add(
        setting.home, name, folder.as_uri(), root, store=str(folder), now=setting.now(), report=setting.report
    )


def check_init(folder: Path, name: str, setting: Setting) -> None:
    """Refuse what `init` would refuse; nothing is written."""
    trust.check_new(setting.home, name, str(folder))
    refuse_taken(folder)


def plan_remove(setting: Setting, name: str) -> tuple[str, str]:
    """Say where the index is that is to be trusted no longer.

    Returns:
        Its URL, or an empty text and what is wrong with its record, where that is damaged.

    Raises:
        Unknown: None of that name is trusted.
        UsageFault: It is the one of one's own, which would be found and trusted again.
    """
    try:
        known = find_local(setting) if name == LOCAL else None
        known = known or trust.find(setting.home, name)
    except Unknown:
        raise
    except GuildError as error:
        return "", str(error)
    own = setting.home / "index"
    if name == LOCAL and (own / TIMESTAMP).exists() and Path(known.store).resolve() == own.resolve():
        raise UsageFault("the index of your own cannot be forgotten: it is below $GUILD_HOME/index")
    return known.url, ""


def remove(setting: Setting, name: str) -> None:
    """Trust an index no longer."""
    trust.forget(setting.home, name, setting.report)


def sign(name: str, setting: Setting, ask: Passphrase, *, days: int | None = None) -> datetime:
    """Sign the timestamp and the snapshot again.

    Args:
        name: Name of the index; empty for the one that is written to without saying.
        setting: The outside world.
        ask: Asked for passphrases.
        days: For how many days, from now on; None for as many as before.

    Returns:
        Until when they hold.

    Raises:
        GuildError: The index cannot be written, or a key is not here.
    """
    known, store = the_index(name, setting, make=False)
    ring = ring_of(setting, ask)

    def once() -> int:
        with store.turn():
            return write(Change(load(known, store), ring, setting.now(), days=days), store)

    patiently(once)
    return load(known, store).timestamp.signed.expires


def plan_sign(name: str, setting: Setting, *, days: int | None = None) -> datetime:
    """Say until when `sign` would make an index hold; no key is opened, and nothing is written.

    Raises:
        GuildError: The index cannot be written, or a key is not here.
    """
    known, store = the_index(name, setting, make=False)
    state = load(known, store)
    for role in ("snapshot", "timestamp"):
        ring_of(setting).choose(state.root.signed.roles[role].keyids, f"{role} of the index {known.name}")
    return expiry(setting.now(), days or state.days)


def the_index(name: str, setting: Setting, *, make: bool = True) -> tuple[Known, FolderStore]:
    """Give an index that can be written.

    Args:
        name: Its name; empty for the only one that can be written, else the embedded one.
        setting: The outside world.
        make: True to make the embedded one when it is meant and not there.

    Raises:
        GuildError: It cannot be written from here.
    """
    home = setting.home
    if name in ("", LOCAL):
        local = find_local(setting)
        if local is None and make:
            with in_turn(setting):
                local = find_in_turn(setting) or init(home / "index", LOCAL, setting)
        if local is None:
            hint = "`guild publish` makes one, or `guild index init DIR`"
            raise GuildError("there is no index of your own yet", hint=hint)
        return local, _store(local, setting)
    known = trust.find(home, name)
    return known, _store(known, setting)


def load(known: Known, store: FolderStore, *, floor: bool = True) -> State:
    """Read and verify an index in order to change it.

    Args:
        known: The index.
        store: Its files.
        floor: False to take an older state than was seen before: only where new keys end what was.
    """
    return load_state(store, known.pinned, known.name, seen=_seen(known) if floor else 0)


def ring_of(setting: Setting, ask: Passphrase = no_passphrase) -> KeyRing:
    """Give the keys of this user."""
    return KeyRing(setting.home / "keys", ask)


def sign_local(setting: Setting) -> None:
    """Sign the embedded index again; one whose keys want a passphrase, or are not here, is left to its owner."""
    try:
        sign(LOCAL, setting, no_passphrase)
    except GuildError as error:
        setting.report(Warn(f"your own index expires soon and cannot be signed again: {error}"))


@dataclass(frozen=True, slots=True)
class Row:
    """An index as `guild index list` shows it."""

    name: str
    url: str
    fingerprint: Sha256
    writable: bool


def listing(setting: Setting) -> tuple[Row, ...]:
    """List the indexes in the order in which they are asked."""
    find_local(setting)
    return tuple(
        Row(known.name, known.url, known.fingerprint, bool(known.store)) for known in trust.listed(setting.home)
    )


def _store(known: Known, setting: Setting) -> FolderStore:
    if not known.store:
        hint = "publish where its files are, or name another index with --index"
        raise GuildError(f"the index {known.name} can only be read from here: {known.url}", hint=hint)
    if not Path(known.store, TIMESTAMP).is_file():
        raise GuildError(f"there is no index in {known.store} any more", hint=f"`guild index remove {known.name}`")
    return FolderStore(Path(known.store), setting.report)


def _seen(known: Known) -> int:
    try:
        return int(json.loads((known.place / METADATA / "timestamp.json").read_bytes())["signed"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def until(moment: datetime) -> str:
    """Write a moment for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def in_iso(moment: datetime) -> str:
    """Write a moment for programs."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
