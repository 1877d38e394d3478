"""What has been read of the series of one run: an SQLite file that may be deleted at any time.

A source is a file that scalars come from; its row says how far it was read. The points of a key are kept in chunks,
one blob each of times, steps and values, so that many points cost little more than few. Sources, chunks and what is
known of each key change together or not at all. A file that is torn, foreign or of another schema is made anew; where
none can be kept (no room, a store that may only be read), the same is done in memory.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from guildpkg.core.series.points import Latest, Problem, Series, joined, latest
from guildpkg.lean import dataclass

_SMALL: Final = 1024
"""Points of a chunk that others are still put behind."""
_COLUMNS: Final = ((0, "<i8"), (1, "<i8"), (2, "<f8"))
TABLES: Final = """
CREATE TABLE source(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, offset INTEGER NOT NULL,
    tail BLOB NOT NULL, state TEXT NOT NULL, points INTEGER NOT NULL, waits_at INTEGER, waits TEXT);
CREATE TABLE series(
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, count INTEGER NOT NULL, first_step INTEGER NOT NULL,
    first_time INTEGER NOT NULL, step INTEGER NOT NULL, time INTEGER NOT NULL, value REAL);
CREATE TABLE chunk(
    series INTEGER NOT NULL, source INTEGER NOT NULL, number INTEGER NOT NULL, count INTEGER NOT NULL,
    first_step INTEGER NOT NULL, first_time INTEGER NOT NULL, step INTEGER NOT NULL, time INTEGER NOT NULL, value REAL,
    checksum INTEGER NOT NULL, points BLOB NOT NULL);
CREATE UNIQUE INDEX chunks ON chunk(series, source, number, count);
CREATE INDEX chunks_of_source ON chunk(source, count);
CREATE TABLE problem(source INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, UNIQUE(source, at, reason));
"""


@dataclass(frozen=True, slots=True)
class Known:
    """How far a source was read.

    Attributes:
        stamp: What it was like: nothing has to be read as long as it is the same.
        offset: Bytes that are done with.
        tail: The last of them, to tell the same file from another one in its place.
        state: What its reader has to remember.
        waiting: What keeps the rest from being read.
    """

    stamp: str = ""
    offset: int = 0
    tail: bytes = b""
    state: str = ""
    waiting: Problem | None = None


class Damaged(sqlite3.DatabaseError):
    """A cache contradicts itself."""


@dataclass(frozen=True, slots=True)
class ScalarCache:
    """An open cache.

    Attributes:
        connection: Its connection, without transactions of its own making.
    """

    connection: sqlite3.Connection

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Change it all at once; nobody else changes it meanwhile."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    def sources(self) -> dict[str, Known]:
        """Say how far each source was read.

        Raises:
            Damaged: Points of one are missing.
        """
        rows = self.connection.execute(
            "SELECT name, stamp, offset, tail, state, waits_at, waits, points,"
            " (SELECT total(chunk.count) FROM chunk WHERE chunk.source = source.id) FROM source"
        )
        found = {}
        for name, stamp, offset, tail, state, waits_at, waits, points, kept in rows:
            if points != kept:
                raise Damaged(f"{name} has {kept} points of {points}")
            waiting = Problem(name, waits_at, waits) if waits else None
            found[name] = Known(stamp, offset, tail, state, waiting)
        return found

    def add(self, name: str, known: Known, series: Mapping[str, Series], problems: Iterable[Problem] = ()) -> None:
        """Put more of a source behind what was read of it; call it while `changing`.

        Args:
            name: The source.
            known: How far it is read now.
            series: What was found, by key.
            problems: What was passed over.
        """
        waits = (known.waiting.offset, known.waiting.reason) if known.waiting else (None, None)
        points = sum(len(item) for item in series.values())
        row = (name, known.stamp, known.offset, known.tail, known.state, points, *waits)
        (source,) = self.connection.execute(
            "INSERT INTO source(name, stamp, offset, tail, state, points, waits_at, waits)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(name) DO UPDATE SET stamp = excluded.stamp, offset = excluded.offset, tail = excluded.tail,"
            " state = excluded.state, points = points + excluded.points, waits_at = excluded.waits_at,"
            " waits = excluded.waits RETURNING id",
            row,
        ).fetchone()
        for key, item in series.items():
            if len(item):
                self._append(self._id(key), source, item)
        for problem in problems:
            values = (source, problem.offset, problem.reason)
            self.connection.execute("INSERT OR IGNORE INTO problem VALUES(?, ?, ?)", values)

    def forget(self, name: str) -> None:
        """Leave out all that came from a source; call it while `changing`."""
        row = self.connection.execute("SELECT id FROM source WHERE name = ?", (name,)).fetchone()
        if row is None:
            return
        touched = self.connection.execute("SELECT DISTINCT series FROM chunk WHERE source = ?", row).fetchall()
        for table, column in (("chunk", "source"), ("problem", "source"), ("source", "id")):
            self.connection.execute(f"DELETE FROM {table} WHERE {column} = ?", row)  # noqa: S608 - names of ours
        for (series,) in touched:
            self._sum_up(series)

    def latest(self) -> dict[str, Latest]:
        """Give what is known of each key, in the order of the keys."""
        rows = self.connection.execute("SELECT key, count, first_step, first_time, step, time, value FROM series")
        found = {}
        for key, count, first_step, first_time, step, time, value in rows:
            # SQLite has no NaN
            found[key] = Latest(count, first_step, first_time, step, time, math.nan if value is None else value)
        return {key: found[key] for key in sorted(found)}

    def problems(self) -> list[Problem]:
        """Name what was passed over."""
        rows = self.connection.execute(
            "SELECT name, at, reason FROM problem JOIN source ON source.id = source ORDER BY name, at"
        )
        return [Problem(*row) for row in rows]

    def points(self, keys: Iterable[str]) -> dict[str, Series]:
        """Read the points of keys; of those that are there.

        Raises:
            Damaged: Points are missing or not what they were.
        """
        found = {}
        self.connection.execute("BEGIN")
        try:
            for key in keys:
                row = self.connection.execute("SELECT id, count FROM series WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    found[key] = joined(_unpacked(*chunk) for chunk in self._chunks(row[0]))
                    if len(found[key]) != row[1]:
                        raise Damaged(f"{key} has {len(found[key])} points of {row[1]}")
        finally:
            self.connection.execute("ROLLBACK")
        return found

    def _chunks(self, series: int) -> sqlite3.Cursor:
        return self.connection.execute(
            "SELECT chunk.points, checksum FROM chunk JOIN source ON source.id = source WHERE series = ?"
            " ORDER BY name, number",
            (series,),
        )

    def _id(self, key: str) -> int:
        row = self.connection.execute("SELECT id FROM series WHERE key = ?", (key,)).fetchone()
        if row is None:
            columns = "key, count, first_step, first_time, step, time"
            insert = f"INSERT INTO series({columns}) VALUES(?, 0, 0, 0, 0, 0) RETURNING id"
            row = self.connection.execute(insert, (key,)).fetchone()
        return int(row[0])

    def _append(self, series: int, source: int, item: Series) -> None:
        last = self.connection.execute(
            "SELECT number, count FROM chunk WHERE series = ? AND source = ? ORDER BY number DESC LIMIT 1",
            (series, source),
        ).fetchone()
        place = (series, source, last[0] + 1 if last else 0)
        if last and last[1] < _SMALL:
            place = (series, source, last[0])
            which = "FROM chunk WHERE series = ? AND source = ? AND number = ?"
            row = self.connection.execute(f"SELECT points, checksum {which}", place).fetchone()
            item = joined([_unpacked(*row), item])
            self.connection.execute(f"DELETE {which}", place)
        data, known = _packed(item), latest(item)
        ends = (known.first_step, known.first_time, known.step, known.time, known.value)
        row = (*place, known.count, *ends, zlib.crc32(data), data)
        self.connection.execute("INSERT INTO chunk VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._sum_up(series)

    def _sum_up(self, series: int) -> None:
        """Write down what is known of a key without its points, from its first chunk and its last."""
        ends = "FROM chunk JOIN source ON source.id = source WHERE series = ? ORDER BY name"
        select = f"SELECT first_step, first_time {ends}, number LIMIT 1"
        first = self.connection.execute(select, (series,)).fetchone()
        if first is None:
            self.connection.execute("DELETE FROM series WHERE id = ?", (series,))
            return
        select = f"SELECT step, chunk.time, value {ends} DESC, number DESC LIMIT 1"
        last = self.connection.execute(select, (series,)).fetchone()
        (count,) = self.connection.execute("SELECT sum(count) FROM chunk WHERE series = ?", (series,)).fetchone()
        change = (
            "UPDATE series SET count = ?, first_step = ?, first_time = ?, step = ?, time = ?, value = ? WHERE id = ?"
        )
        self.connection.execute(change, (count, *first, *last, series))


def _packed(item: Series) -> bytes:
    return b"".join(column.tobytes() for column in (item.times, item.steps, item.values))


def _unpacked(data: bytes, checksum: int) -> Series:
    """Read a chunk.

    Raises:
        Damaged: It is not what it was.
    """
    import numpy as np

    if len(data) % 24 or zlib.crc32(data) != checksum:
        raise Damaged("a chunk is not what it was")
    times, steps, values = (
        np.frombuffer(data, kind, len(data) // 24, len(data) // 3 * place) for place, kind in _COLUMNS
    )
    return Series(times, steps, values)
