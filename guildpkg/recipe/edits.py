"""Know whether ``src/`` holds edits that no patch has saved, so that no build overwrites them.

``logs/src.json`` lists ``src/`` as a build left it. While sources are laid and hooks run, the list says ``running``
and its time stamp is renewed: every second (`beating`), and by whoever watches over a hook once nothing of the hook
runs any more, also after a kill. So what changed later than the stamp was changed by a person, and what changed
before it by the hooks. Where the watcher is killed as well, the stamp is up to a second old, and the last changes of
the hooks count as edits: rather a refusal too many than an edit lost.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from guildpkg.core.digests import sha256
from guildpkg.core.names import original_of
from guildpkg.recipe.state import STATE, Seen, State, read_state, write_state
from guildpkg.system.disk import hash_file, target_of

BEAT = 1.0
"""Seconds between two renewals of the time stamp."""


def unsaved_edits(src: Path, logs: Path) -> list[str]:
    """List the paths in ``src/`` that somebody changed, added or removed since the last build left it.

    Returns:
        Paths relative to *src*; all of its files when no build ever recorded it.
    """
    if not src.is_dir():
        return []
    state = read_state(logs)
    if state is None:
        return sorted(path for path, _ in _files(src))
    if state.running:
        late = {
            path for path, about in _files(src) if about.st_ctime_ns > state.beat and not _is_copy(src, path, state)
        }
        return sorted(late | {path for path in state.edited if (src / path).exists()})
    edits = [path for path, about in _files(src) if not _same(src / path, about, state.files.get(path))]
    edits = [path for path in edits if path in state.files or not _is_copy(src, path, state)]
    there = {path for path, _ in _files(src)}
    return sorted([*edits, *(state.files.keys() - there)])


def _same(file: Path, about: os.stat_result, seen: Seen | None) -> bool:
    if seen is None or (about.st_mode, about.st_size) != (seen.mode, seen.size):
        return False
    return about.st_ctime_ns == seen.ctime or _hash(file, about) == seen.sha256


def _is_copy(src: Path, path: str, state: State) -> bool:
    """Tell whether a file is the untouched copy, ``NAME.orig``, of what was laid: that is nobody's edit."""
    seen = state.files.get(original_of(path))
    about = (src / path).lstat()
    if seen is None or seen.size != about.st_size or (seen.mode ^ about.st_mode) & (0o170000 | stat.S_IXUSR):
        return False
    return _hash(src / path, about) == seen.sha256


def seen_files(logs: Path) -> dict[str, Seen] | None:
    """Give what was in ``src/`` when it was recorded, copies left out; None when nobody knows."""
    state = read_state(logs)
    if state is None or state.running:
        return None
    return _own(state)


def _own(state: State) -> dict[str, Seen]:
    return {path: seen for path, seen in state.files.items() if path.partition("/")[0] not in state.copies}


def copies_in(src: Path, logs: Path) -> frozenset[str]:
    """Name the entries of ``src/`` that are copies of others: ``NAME.orig`` and ``NAME.new`` of what was laid."""
    state = read_state(logs)
    names = {path.partition("/")[0] for path in (_own(state) if state else ())}
    there = [place.name for place in src.iterdir()] if names else []
    endings = (".orig", ".new")
    return frozenset(
        name for name in there if name not in names and name.endswith(endings) and name.rpartition(".")[0] in names
    )


def record(src: Path, logs: Path, *, edited: Iterable[str] = ()) -> None:
    """Remember ``src/`` as a build left it.

    Args:
        src: The folder; it may be missing.
        logs: Where the record lies; made if missing.
        edited: Paths that a person edited: their old record stays, so that they go on to count as edits.
    """
    write_state(logs, _recorded(src, logs, edited))


def recorded(src: Path, logs: Path, *, edited: Iterable[str], laid: str, copies: Iterable[str]) -> State:
    """Give what `record` would write, for those who write it together with other files.

    Args:
        src: The folder.
        logs: Where the record lies.
        edited: As for `record`.
        laid: Name of what ``src/`` stands for now.
        copies: Top-level entries that are copies of others.
    """
    return replace(_recorded(src, logs, edited), laid=laid, copies=tuple(copies))


def _recorded(src: Path, logs: Path, edited: Iterable[str]) -> State:
    state = read_state(logs) or State(running=False, files={}, edited=(), beat=0)
    known = state.files
    seen = {path: _seen(src / path, about, known.get(path)) for path, about in _files(src)}
    for path in edited:
        seen.pop(path, None)
        if path in known:
            seen[path] = known[path]
    return replace(state, running=False, files=seen, edited=())


def mark_running(logs: Path, *, edited: Iterable[str] = (), laid: str | None = None) -> None:
    """Remember that ``src/`` is about to change by our own hand.

    Args:
        logs: Where the record lies; made if missing.
        edited: Paths that a person had edited before.
        laid: Name of what ``src/`` is laid from, where it is laid anew; None where it stays.
    """
    state = read_state(logs) or State(running=True, files={}, edited=(), beat=0)
    if laid is not None:
        state = replace(state, laid=laid, prepared=False, copies=())
    write_state(logs, replace(state, running=True, edited=tuple(edited)))


def mark_prepared(logs: Path) -> None:
    """Remember that the ``prepare`` hook has run to its end in ``src/``."""
    state = read_state(logs)
    if state is not None:
        write_state(logs, replace(state, prepared=True))


def is_prepared(logs: Path) -> bool:
    """Tell whether ``prepare`` has run to its end in ``src/``."""
    state = read_state(logs)
    return state is not None and state.prepared


def laid_from(logs: Path) -> str | None:
    """Name what ``src/`` was laid from; None when that is not known."""
    state = read_state(logs)
    return (state.laid or None) if state else None


def _seen(file: Path, about: os.stat_result, old: Seen | None) -> Seen:
    cheap = (about.st_mode, about.st_size, about.st_ctime_ns)
    if old is not None and (old.mode, old.size, old.ctime) == cheap:
        return old
    return Seen(*cheap, _hash(file, about))


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
        return sha256(target_of(file))
    return hash_file(file) if stat.S_ISREG(about.st_mode) else ""
