"""Runs -> one archive: a tar in zstd whose first member lists every file with its SHA-256 (`core.runs.bundle`).

A link that leads out of the run becomes the file that it leads to, so that the archive is whole; what leads to
nothing, or to a folder elsewhere, is left out and named.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import zstandard

from guildpkg.core.archive import tar
from guildpkg.core.archive.layout import Slot, check_target, show
from guildpkg.core.archive.link_chains import first_leaving
from guildpkg.core.digests import Entry
from guildpkg.core.events import Progress, Reporter, Warn
from guildpkg.core.runs.bundle import MEMBER, Packed, to_bytes
from guildpkg.errors import Exists, GuildError, IntegrityError
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import RESERVE, Run
from guildpkg.stores.runs_repair import record_loss
from guildpkg.system.disk import CHUNK, hash_file, replacing, scan
from guildpkg.version import VERSION

_LEVEL: Final = 3


def export_runs(store: Runs, runs: Sequence[Run], target: Path, report: Reporter, *, force: bool = False) -> int:
    """Write runs to an archive, which appears when it is complete.

    Args:
        store: Where they are.
        runs: The runs, each of which has ended or not begun.
        target: The archive.
        report: Told how far it is, and what was left out.
        force: Whether a file of that name may be replaced.

    Returns:
        Its bytes.

    Raises:
        Exists: There is a file of that name.
        GuildError: A run is still running.
        IntegrityError: A file of a run changed meanwhile.
        DiskFull: There is no room.
    """
    if target.exists() and not force:
        raise Exists(f"{target.name} is there already", hint="name another file, or replace it with --force")
    for run in runs:
        for one in (run, *store.inside(run).all()):
            record_loss(store, one)
            status = store.status(one)
            if not status.over and status.word != "staged":
                raise GuildError(f"run {run.short} is {status}", hint="export it when it has ended, or stop it first")
    packed = {run.path.name: _packed(run, report) for run in runs}
    total = sum(run.size for run in packed.values())
    task = f"Writing {target.name}"
    with replacing(target) as file, contextlib.ExitStack() as ending:
        ending.callback(lambda: report(Progress(task, total, total, finished=True)))
        with zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).stream_writer(file, closefd=False) as out:
            written = 0
            places = {run.path.name: (run.path, packed[run.path.name]) for run in runs}
            for done, piece in _pieces(places, to_bytes(packed, VERSION)):
                out.write(piece)
                written += len(piece)
                report(Progress(task, done, total))
            out.write(tar.end(written))
    return target.stat().st_size


def _packed(run: Run, report: Reporter) -> Packed:
    """List what of a run goes into the archive."""

    def odd(path: bytes) -> None:
        report(Warn(f"{run.short}: {show(os.path.relpath(path, os.fsencode(run.path)))} is no file, and is left out"))

    entries = [entry for entry in scan(run.path, odd) if not _is_passing(entry.path)]
    links = {entry.path: entry.target for entry in entries if entry.kind == "link"}
    leaving = {path for path, aim in links.items() if check_target(path, aim) or not _inside(run.path, path)}
    while (first := first_leaving({path: aim for path, aim in links.items() if path not in leaving})) is not None:
        leaving.add(first)
    kept = []
    for entry in entries:
        if entry.path not in leaving:
            kept.append(entry)
        elif (file := _behind(run.path, entry.path)) is not None:
            kept.append(Entry(entry.path, "file", executable=False, size=file.stat().st_size, sha256=hash_file(file)))
        else:
            report(Warn(f"{run.short}: {show(entry.path)} is a link out of the run, and is left out"))
    return Packed(run.record().id, tuple(kept))


def _is_passing(path: bytes) -> bool:
    return b"/" not in path and (path == RESERVE.encode() or (path.startswith(b".") and path.endswith(b".tmp")))


def _inside(root: Path, path: bytes) -> bool:
    # links that lead round in a circle lead nowhere; Path.resolve raises an error for them until Python 3.13
    return Path(os.path.realpath(root / os.fsdecode(path))).is_relative_to(os.path.realpath(root))


def _behind(root: Path, path: bytes) -> Path | None:
    place = Path(os.path.realpath(root / os.fsdecode(path)))
    return place if place.is_file() else None


def _pieces(runs: dict[str, tuple[Path, Packed]], listing: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tar, each piece with the bytes of files that are done by then."""
    done = 0
    head = tar.encode(Slot(MEMBER, "file", 0o644, len(listing)), 0)
    yield done, head + listing + bytes(tar.padding(len(listing)))
    for name, (root, run) in runs.items():
        for entry in run.files:
            path = root / os.fsdecode(entry.path)
            slot = Slot(name.encode() + b"/" + entry.path, entry.kind, entry.mode, target=entry.target)
            if entry.kind == "dir":
                slot = replace(slot, name=slot.name + b"/")
            if entry.kind != "file":
                yield done, tar.encode(slot, _time(path))
                continue
            yield done, tar.encode(replace(slot, size=entry.size), _time(path))
            for piece in _content(path, entry):
                done += len(piece)
                yield done, piece
            yield done, bytes(tar.padding(entry.size))


def _time(path: Path) -> int:
    return max(0, int(path.lstat().st_mtime))


def _content(path: Path, entry: Entry) -> Iterator[bytes]:
    whole, left = hashlib.sha256(), entry.size
    with path.open("rb") as file:
        while left and (piece := file.read(min(left, CHUNK))):
            whole.update(piece)
            left -= len(piece)
            yield piece
        if left or file.read(1) or whole.hexdigest() != entry.sha256:
            raise IntegrityError(f"{path} changed while it was being exported", hint="run it again")
