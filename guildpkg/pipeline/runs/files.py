"""What a run left: its files and its output."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from guildpkg.errors import GuildError, Unknown
from guildpkg.pipeline.runs.chosen import Store
from guildpkg.pipeline.runs.info import operations_in
from guildpkg.pipeline.runs.times import in_iso
from guildpkg.stores.runs_folder import Run

_CHUNK: Final = 1 << 18
_PAUSE: Final = 0.2


def files_of(run: Run) -> list[tuple[str, os.stat_result]]:
    """List what lies in RUNDIR, in order of the paths: folders end with a slash, links are not followed."""
    found = []
    for place, folders, files in os.walk(run.files):
        base = Path(place)
        for name in folders:
            found.append((f"{(base / name).relative_to(run.files)}/", (base / name).lstat()))
        for name in files:
            found.append((str((base / name).relative_to(run.files)), (base / name).lstat()))
    return sorted(found)


def row_of_file(path: str, about: os.stat_result) -> dict[str, Any]:
    """Give a file as plain values."""
    return {"path": path, "size": about.st_size, "mode": f"{about.st_mode & 0o7777:04o}"}


def file_chunks(run: Run, path: str) -> Iterator[bytes]:
    """Read a file of RUNDIR.

    Raises:
        Unknown: There is no such file.
        GuildError: It lies elsewhere, or cannot be read.
    """
    # links that lead round in a circle lead nowhere; Path.resolve raises an error for them until Python 3.13
    root = Path(os.path.realpath(run.files))
    place = Path(os.path.realpath(root / path))
    if not place.is_relative_to(root):
        raise GuildError(f"{path} leads out of the run", hint="`guild ls` lists the files of a run")
    if not place.is_file():
        raise Unknown(f"run {run.short} has no file {path}", hint="`guild ls` lists the files of a run")
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def outputs(store: Store, run: Run, *, follow: bool = False) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Read what a run printed, and then what the operations printed that went into it.

    Args:
        store: The runs.
        run: One of them.
        follow: Go on until each is over.

    Yields:
        What tells whose output it is (empty for the run's own), and its chunks.
    """
    yield "", output_chunks(store, run, follow=follow)
    for one in operations_in(store, run):
        record = one.record()
        told = f"{record.operation}, {in_iso(record.created)}:"
        yield told, output_chunks(store.inside(run), one, follow=follow)


def output_chunks(store: Store, run: Run, *, follow: bool = False) -> Iterator[bytes]:
    """Read what a run printed, both streams as they came.

    Args:
        store: The runs.
        run: One of them.
        follow: Go on until the run is over.
    """
    place = run.path / "output"
    over = not follow
    offset = 0
    while True:
        if place.is_file():
            with place.open("rb") as file:
                file.seek(offset)
                while chunk := file.read(_CHUNK):
                    offset += len(chunk)
                    yield chunk
        if over:
            return
        over = store.status(run).over  # once more after the end: the last words may have come meanwhile
        if not over:
            time.sleep(_PAUSE)
