"""What is known of the series of every run, without their points: one SQLite file that may be deleted at any time.

A row holds for as long as the folder of its run and RUNDIR have the times that they had; only rows of runs that are
over are kept. A file that cannot be used is done without.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from guildpkg.core.series.keys import matching
from guildpkg.core.series.points import Latest
from guildpkg.lean import dataclass

_NUMBERS: Final = struct.Struct("<qqqqqd")
_VERSION: Final = 1
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS run(name TEXT PRIMARY KEY, stamp TEXT, keys TEXT, numbers BLOB) WITHOUT ROWID"
)


@dataclass(slots=True)
class LatestIndex:
    """The index, read when it is first asked.

    Attributes:
        path: Where it is.
    """

    path: Path
    _rows: dict[str, tuple[str, str, bytes]] | None = None
    _fresh: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)

    def find(
        self, name: str, stamp: str, look: Callable[[], Mapping[str, Latest]]
    ) -> Callable[[str], dict[str, Latest]]:
        """Give a function that finds what is known of the keys that a pattern matches.

        Args:
            name: The run's folder.
            stamp: What it is like; empty when nothing of it is to be remembered.
            look: Looks at the run itself; called when the index does not know it.
        """
        if self._rows is None:
            self._rows = _loaded(self.path)
        row = self._rows.get(name)
        if not stamp or row is None or row[0] != stamp:
            row = stamp, *_packed(look())
            if stamp:
                self._rows[name] = self._fresh[name] = row
        _, keys, numbers = row
        return lambda pattern: _found(keys, numbers, pattern)

    def save(self) -> None:
        """Write down what is new."""
        if not self._fresh:
            return
        import sqlite3

        with contextlib.suppress(sqlite3.Error, OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=5.0)) as connection, connection:
                connection.execute(_TABLE)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
                rows = [(name, *row) for name, row in self._fresh.items()]
                connection.executemany("INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?)", rows)
        self._fresh = {}


def _loaded(path: Path) -> dict[str, tuple[str, str, bytes]]:
    """Read an index; one that is missing or of another version is empty, one that is damaged is removed."""
    if not path.is_file():
        return {}
    import sqlite3

    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5.0)) as connection:
            if connection.execute("PRAGMA user_version").fetchone() == (_VERSION,):
                rows = connection.execute("SELECT name, stamp, keys, numbers FROM run")
                return {name: (stamp, keys, numbers) for name, stamp, keys, numbers in rows}
    except sqlite3.OperationalError:
        return {}
    except sqlite3.Error:
        pass
    with contextlib.suppress(OSError):
        path.unlink()
    return {}


def _packed(known: Mapping[str, Latest]) -> tuple[str, bytes]:
    rows = known.values()
    numbers = (_NUMBERS.pack(k.count, k.first_step, k.first_time, k.step, k.time, k.value) for k in rows)
    return "\0".join(key.replace("\0", "\ufffd") for key in known), b"".join(numbers)


def _found(keys: str, numbers: bytes, pattern: str) -> dict[str, Latest]:
    names = keys.split("\0") if keys else []
    places = {name: place for place, name in enumerate(names)}
    wanted = names if pattern == ".*" else matching(pattern, names)
    return {key: Latest(*_NUMBERS.unpack_from(numbers, places[key] * _NUMBERS.size)) for key in wanted}
