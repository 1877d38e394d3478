"""The indexes that this user trusts: one folder each below ``$GUILD_HOME/index-trust``.

``index.json`` says where the index is, ``pinned.json`` is the root metadata that its user accepted, ``metadata/`` what
TUF has verified since, ``shards/`` and ``search/`` what was read. Everything but the first two can be read again.
"""

from __future__ import annotations

import contextlib
import json
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import Reporter, Step, silent
from guildpkg.core.names import check_name
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Exists, GuildError, Unknown
from guildpkg.lean import dataclass
from guildpkg.system.disk import locked, remove, room_for, sync_folder, write_atomically

SCHEMA: Final = 1
LOCAL: Final = "local"
"""What the index below ``$GUILD_HOME/index`` is called, and no other."""


@dataclass(frozen=True, slots=True)
class Known:
    """An index that is trusted.

    Attributes:
        name: What this user calls it.
        url: Where it is read.
        store: Folder in which it is written; empty when it cannot be from here.
        added: When it was added, nanoseconds since the epoch.
        place: Its folder of trust.
    """

    name: str
    url: str
    store: str
    added: int
    place: Path

    @property
    def pinned(self) -> bytes:
        """The root metadata that was accepted.

        Raises:
            GuildError: It cannot be read.
        """
        try:
            return (self.place / "pinned.json").read_bytes()
        except OSError as error:
            raise _damaged(self.place / "pinned.json", error) from error

    @property
    def fingerprint(self) -> Sha256:
        """SHA-256 of the root metadata that was accepted: what people compare."""
        return sha256(self.pinned)


def folder_of(url: str) -> str:
    """Give the folder behind a ``file://`` URL; empty for any other, and for what is no URL."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme.lower() == "file":
            return os.fsdecode(unquote_to_bytes(os.fsencode(parts.path)))  # which need not be UTF-8
    return ""


def listed(home: Path) -> tuple[Known, ...]:
    """Give all indexes that are trusted: one's own first, then in the order in which they were added."""
    found = [_read(_folder(home) / name) for name in names(home)]
    return tuple(sorted(found, key=lambda known: (known.name != LOCAL, known.added, known.name)))


def faults(home: Path) -> tuple[GuildError, ...]:
    """Say of each index that is trusted what is wrong with its record; nothing when all can be read."""
    found = []
    for name in names(home):
        try:
            _ = _read(_folder(home) / name).pinned
        except GuildError as error:
            found.append(error)
    return tuple(found)


def names(home: Path) -> tuple[str, ...]:
    """Name the indexes that are trusted, by the alphabet; also those whose records cannot be read."""
    with contextlib.suppress(FileNotFoundError):
        return tuple(sorted(place.name for place in _folder(home).iterdir() if check_name(place.name) is None))
    return ()


def find(home: Path, name: str) -> Known:
    """Give an index by its name.

    Raises:
        Unknown: None of that name is trusted.
    """
    place = _folder(home) / name
    if check_name(name) is not None or not place.is_dir():
        known = [index.name for index in listed(home)]
        raise Unknown(f"no index is called {name!r}", hint=did_you_mean(name, known))
    return _read(place)


def add(home: Path, name: str, url: str, pinned: bytes, *, store: str, now: float, report: Reporter = silent) -> Known:
    """Trust an index.

    Args:
        home: ``$GUILD_HOME``.
        name: What to call it.
        url: Where it is read.
        pinned: Its root metadata, which somebody has accepted.
        store: Folder in which it is written, or empty.
        now: Seconds since the epoch.
        report: Hears when another process has to be waited for.

    Raises:
        Exists: One of that name is trusted already.
        GuildError: It is no name.
    """
    check_new(home, name, store)
    parent = _folder(home)
    with room_for(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with _turn(parent, report):
            check_new(home, name, store)
            beside = _beside(parent)
            try:
                note = {"schema": SCHEMA, "url": url, "store": store, "added": int(now * 1e9)}
                write_atomically(beside / "pinned.json", pinned)
                write_atomically(beside / "index.json", json.dumps(note, indent=1).encode() + b"\n")
                beside.rename(parent / name)
            except BaseException:
                remove(beside)
                raise
            sync_folder(parent)
    return _read(parent / name)


def check_new(home: Path, name: str, store: str) -> None:
    """Refuse a name for an index that is taken, or is none.

    Args:
        home: ``$GUILD_HOME``.
        name: The name.
        store: Folder in which the index is written, or empty.

    Raises:
        Exists: It is taken, or kept for the index of one's own.
        GuildError: It is no name.
    """
    if problem := check_name(name):
        raise GuildError(problem.replace("a package name", "a name for an index"))
    if (_folder(home) / name).exists():
        raise Exists(f"an index is called {name} already", hint=f"`guild index remove {name}` forgets it")
    if name == LOCAL and (not store or Path(store).resolve() != (home / "index").resolve()):
        raise Exists(f"{LOCAL} is what your own index in {home / 'index'} is called", hint="choose another name")


def forget(home: Path, name: str, report: Reporter = silent) -> None:
    """Trust an index no longer, however damaged its record is; its keys and its files stay.

    Args:
        home: ``$GUILD_HOME``.
        name: What it is called.
        report: Hears when another process has to be waited for.

    Raises:
        Unknown: None of that name is trusted.
    """
    place = _folder(home) / name
    if check_name(name) is not None or not place.is_dir():
        find(home, name)  # says which names there are
    with _turn(place.parent, report):
        beside = _beside(place.parent)
        os.replace(place, beside)  # noqa: PTH105 - onto an empty folder
        sync_folder(place.parent)
        remove(beside)
        for left in place.parent.glob(".*.tmp"):
            remove(left)


def _read(place: Path) -> Known:
    try:
        note: Any = json.loads((place / "index.json").read_bytes())
        if note["schema"] != SCHEMA:
            raise ValueError(f"schema {note['schema']}")
        return Known(place.name, str(note["url"]), str(note["store"]), int(note["added"]), place)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(place / "index.json", error) from error


def _damaged(path: Path, error: Exception) -> GuildError:
    said = (error.strerror if isinstance(error, OSError) else "") or str(error)
    hint = f"`guild index remove {path.parent.name}` forgets it; then add it again"
    return GuildError(f"{path} cannot be read: {said}", hint=hint)


def _turn(parent: Path, report: Reporter) -> AbstractContextManager[None]:
    """Keep others out who begin or cease to trust an index."""

    def waiting() -> None:
        report(Step("Waiting for another guild process that changes which indexes are trusted"))

    return locked(parent, waiting=waiting)


def _beside(parent: Path) -> Path:
    """Make a folder that nobody takes for an index; the parent is locked."""
    place = parent / f".{os.urandom(8).hex()}.tmp"
    place.mkdir()
    return place


def _folder(home: Path) -> Path:
    return home / "index-trust"
