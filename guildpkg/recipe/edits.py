"""Know whether ``src/`` holds edits that no patch has saved, so that no build overwrites them.

``logs/src.json`` lists ``src/`` as a build left it. While sources are laid and hooks run, the list says ``running``
and its time stamp is renewed: every second (`beating`), and by whoever watches over a hook once nothing of the hook
runs any more, also after a kill. So what changed later than the stamp was changed by a person, and what changed
before it by the hooks. Where the watcher is killed as well, the stamp is up to a second old, and the last changes of
the hooks count as edits: rather a refusal too many than an edit lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from guildpkg.core.digests import sha256
from guildpkg.system.disk import hash_file, room_for, write_atomically

STATE = "src.json"
SCHEMA = 1
BEAT = 1.0
"""Seconds between two renewals of the time stamp."""


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
    """

    running: bool
    files: dict[str, Seen]
    edited: tuple[str, ...]
    beat: int
    laid: str = ""
    prepared: bool = False


def unsaved_edits(src: Path, logs: Path) -> list[str]:
    """List the paths in ``src/`` that somebody changed, added or removed since the last build left it.

    Returns:
        Paths relative to *src*; all of its files when no build ever recorded it.
    """
    if not src.is_dir():
        return []
    state = _read_state(logs)
    if state is None:
        return sorted(path for path, _ in _files(src))
    if state.running:
        late = {path for path, about in _files(src) if about.st_ctime_ns > state.beat}
        return sorted(late | {path for path in state.edited if (src / path).exists()})
    edits = [path for path, about in _files(src) if not _same(src / path, about, state.files.get(path))]
    there = {path for path, _ in _files(src)}
    return sorted([*edits, *(state.files.keys() - there)])


def _same(file: Path, about: os.stat_result, seen: Seen | None) -> bool:
    if seen is None or (about.st_mode, about.st_size) != (seen.mode, seen.size):
        return False
    return about.st_ctime_ns == seen.ctime or _hash(file, about) == seen.sha256


def record(src: Path, logs: Path, *, edited: Iterable[str] = ()) -> None:
    """Remember ``src/`` as a build left it.

    Args:
        src: The folder; it may be missing.
        logs: Where the record lies; made if missing.
        edited: Paths that a person edited: their old record stays, so that they go on to count as edits.
    """
    state = _read_state(logs) or State(running=False, files={}, edited=(), beat=0)
    known = state.files
    seen = {path: _seen(src / path, about, known.get(path)) for path, about in _files(src)}
    for path in edited:
        seen.pop(path, None)
        if path in known:
            seen[path] = known[path]
    _write_state(logs, replace(state, running=False, files=seen, edited=()))


def mark_running(logs: Path, *, edited: Iterable[str] = (), laid: str | None = None) -> None:
    """Remember that ``src/`` is about to change by our own hand.

    Args:
        logs: Where the record lies; made if missing.
        edited: Paths that a person had edited before.
        laid: Name of what ``src/`` is laid from, where it is laid anew; None where it stays.
    """
    state = _read_state(logs) or State(running=True, files={}, edited=(), beat=0)
    if laid is not None:
        state = replace(state, laid=laid, prepared=False)
    _write_state(logs, replace(state, running=True, edited=tuple(edited)))


def mark_prepared(logs: Path) -> None:
    """Remember that the ``prepare`` hook has run to its end in ``src/``."""
    state = _read_state(logs)
    if state is not None:
        _write_state(logs, replace(state, prepared=True))


def is_prepared(logs: Path) -> bool:
    """Tell whether ``prepare`` has run to its end in ``src/``."""
    state = _read_state(logs)
    return state is not None and state.prepared


def laid_from(logs: Path) -> str | None:
    """Name what ``src/`` was laid from; None when that is not known."""
    state = _read_state(logs)
    return (state.laid or None) if state else None


def _seen(file: Path, about: os.stat_result, old: Seen | None) -> Seen:
    cheap = (about.st_mode, about.st_size, about.st_ctime_ns)
    if old is not None and (old.mode, old.size, old.ctime) == cheap:
        return old
    return Seen(*cheap, _hash(file, about))


def _write_state(logs: Path, state: State) -> None:
    with room_for(logs):
        logs.mkdir(parents=True, exist_ok=True)
    written = {
        "schema": SCHEMA,
        "running": state.running,
        "laid": state.laid,
        "prepared": state.prepared,
        "edited": sorted(state.edited),
        "files": {path: [seen.mode, seen.size, seen.ctime, seen.sha256] for path, seen in state.files.items()},
    }
    write_atomically(logs / STATE, json.dumps(written).encode())


@contextlib.contextmanager
def beating(logs: Path) -> Iterator[None]:
    """Renew the record's time stamp every second while the block runs."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            with contextlib.suppress(OSError):
                os.utime(logs / STATE)

    thread = threading.Thread(target=beat, daemon=True, name="src-heartbeat")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _read_state(logs: Path) -> State | None:
    """Read the record; a missing or damaged one is None: then every file may be somebody's work."""
    file = logs / STATE
    try:
        data = json.loads(file.read_bytes())
        if data["schema"] != SCHEMA:
            return None
        known = {path: Seen(*fields) for path, fields in data["files"].items()}
        beat = file.stat().st_mtime_ns
        laid, prepared = str(data.get("laid", "")), data.get("prepared") is True
        return State(bool(data["running"]), known, tuple(data["edited"]), beat, laid, prepared)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _files(src: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield files and links below *src*; caches that Python writes by itself are nobody's edits."""
    for folder, folders, files in os.walk(src):
        base = Path(folder)
        folders[:] = [name for name in folders if name != "__pycache__"]
        links = [name for name in folders if (base / name).is_symlink()]
        for name in files + links:
            yield str((base / name).relative_to(src)), (base / name).lstat()


def _hash(file: Path, about: os.stat_result) -> str:
    if stat.S_ISLNK(about.st_mode):
        return sha256(os.fsencode(file.readlink()))
    return hash_file(file) if stat.S_ISREG(about.st_mode) else ""
