"""Opening the cache of a run's series: as a file where that is possible, else in memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from guildpkg.stores.scalars import TABLES, Damaged, ScalarCache

T = TypeVar("T")
_SCHEMA: Final = 1
_OURS: Final = 0x67707331
_WAIT: Final = 30.0
_ELSEWHERE: Final = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH),
)
"""Why a sound cache cannot be used here and now."""


def using(path: Path, use: Callable[[ScalarCache], T], *, keep: bool = True) -> T:
    """Do something with a cache.

    Args:
        path: Where it is; its folder is made when needed.
        use: What to do. It is done again from the start when the cache turns out to be damaged, and in memory when
            it cannot be changed.
        keep: False when none is to be made where there is none.
    """
    if keep or path.exists():
        for _ in range(2):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.closing(_connected(str(path))) as connection:
                    return use(ScalarCache(connection))
            except OSError:
                break
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _ELSEWHERE:
                    break
                _remove(path)
    with contextlib.closing(_in_memory(path)) as connection:
        return use(ScalarCache(connection))


def _connected(place: str) -> sqlite3.Connection:
    """Open a cache, new or as it is.

    Raises:
        sqlite3.DatabaseError: It is not ours, or cannot be used.
    """
    connection = sqlite3.connect(place, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute("PRAGMA synchronous = NORMAL")
        if _marks(connection) == (0, 0, 0):
            with ScalarCache(connection).changing():
                if _marks(connection) == (0, 0, 0):
                    for statement in TABLES.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {_OURS}")
                    connection.execute(f"PRAGMA user_version = {_SCHEMA}")
        if _marks(connection)[:2] != (_OURS, _SCHEMA):
            raise Damaged(f"{place} is of another kind")
    except BaseException:
        connection.close()
        raise
    return connection


def _marks(connection: sqlite3.Connection) -> tuple[int, int, int]:
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return mark, version, tables


def _in_memory(path: Path) -> sqlite3.Connection:
    """Make a cache in memory, of what can be read of the one in the file."""
    with contextlib.suppress(sqlite3.Error, OSError):
        if path.exists():
            source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)
            with contextlib.closing(source):
                copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
                try:
                    source.backup(copy)
                    if _marks(copy)[:2] == (_OURS, _SCHEMA):
                        ScalarCache(copy).sources()
                        return copy
                except sqlite3.Error:
                    pass
                copy.close()
    return _connected(":memory:")


def _remove(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}-journal")):
        with contextlib.suppress(OSError):
            name.unlink()
