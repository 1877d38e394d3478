"""``logs/src.json``: ``src/`` as a build left it, as a value and as a file."""

from __future__ import annotations

import json
from pathlib import Path

from guildpkg.lean import dataclass
from guildpkg.system.disk import room_for, write_atomically

STATE = "src.json"
REFRESH = "refresh.json"
"""What `guild patch refresh` stopped at; laying ``src/`` out anew forgets it."""
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """One file of ``src/`` as it was left: what is cheap to compare, and the hash that decides.

    Attributes:
        mode: Permission bits and type.
        size: Bytes.
        ctime: Nanoseconds; unlike the time of the last change of content no program can set it back.
        sha256: Of the content; of the target for a link.
    """

    mode: int
    size: int
    ctime: int
    sha256: str


@dataclass(frozen=True, slots=True)
class State:
    """What was remembered of ``src/``.

    Attributes:
        running: True when a build was changing it and did not end.
        files: What was there when the last build ended, by path.
        edited: Paths that a person had edited before the build that did not end.
        beat: When the record was renewed last, nanoseconds since the epoch.
        laid: What it was laid from, as `mark_running` was told; empty when that is not known.
        prepared: True when the ``prepare`` hook has run to its end in it.
        copies: Top-level entries that are somebody's copies of what was laid, as `guild patch save` found them.
    """

    running: bool
    files: dict[str, Seen]
    edited: tuple[str, ...]
    beat: int
    laid: str = ""
    prepared: bool = False
    copies: tuple[str, ...] = ()


def write_state(logs: Path, state: State) -> None:
    """Remember a state; *logs* is made if missing."""
    with room_for(logs):
        logs.mkdir(parents=True, exist_ok=True)
    write_atomically(logs / STATE, format_state(state))


def format_state(state: State) -> bytes:
    """Write a state as the file holds it."""
    written = {
        "schema": SCHEMA,
        "running": state.running,
        "laid": state.laid,
        "prepared": state.prepared,
        "edited": sorted(state.edited),
        "copies": sorted(state.copies),
        "files": {path: [seen.mode, seen.size, seen.ctime, seen.sha256] for path, seen in state.files.items()},
    }
    return json.dumps(written).encode()


def read_state(logs: Path) -> State | None:
    """Read the record; a missing or damaged one is None: then every file may be somebody's work."""
    file = logs / STATE
    try:
        data = json.loads(file.read_bytes())
        if data["schema"] != SCHEMA:
            return None
        known = {path: Seen(*fields) for path, fields in data["files"].items()}
        beat = file.stat().st_mtime_ns
        laid, prepared = str(data.get("laid", "")), data.get("prepared") is True
        copies = tuple(str(name) for name in data.get("copies", ()))
        return State(bool(data["running"]), known, tuple(data["edited"]), beat, laid, prepared, copies)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
