"""A part of a run's output with its streams and times, and a search in it; never the whole file at once."""

from __future__ import annotations

import codecs
import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from guildpkg.core.runs.output import SIZE, Piece, offset_of, pieces
from guildpkg.core.view_data import Part, Sought
from guildpkg.errors import Unknown
from guildpkg.pipeline.runs.info import operations_in
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.reading import open_below

FOUND: Final = 200
"""Lines that one search gives."""
_LINE: Final = 400
"""Bytes of a line that a search shows."""
_BLOCK: Final = 1 << 20
_MOST: Final = 1 << 28
"""Bytes that one search looks through, so that it has an end soon."""
_SECOND: Final = 10**9


def printer(store: Runs, run: Run, operation: str) -> tuple[Run, bool]:
    """Find who printed what is asked for, and whether nothing is going to be added.

    Args:
        store: The runs.
        run: A run.
        operation: Name of an operation that went into it; empty for the run itself.

    Raises:
        Unknown: There is no such operation.
    """
    if not operation:
        return run, store.status(run).over
    for one in operations_in(store, run):
        if one.path.name == operation:
            return one, store.inside(run).status(one).over
    raise Unknown(f"no operation {operation[:40]} went into run {run.short}")


def output_part(run: Run, part: Part, *, over: bool) -> dict[str, Any]:
    """Read a part of what a run printed.

    It begins and ends at the ends of lines where it can, and never within a character of UTF-8.

    Args:
        run: The run.
        part: Which part.
        over: Whether nothing is going to be added.

    Returns:
        ``start``, ``end`` and ``size`` in bytes; ``chunks``, each with stream, time (ms since the epoch) and text.
    """
    try:
        file = open_below(run.path, b"output")
    except Unknown:
        return {"start": 0, "end": 0, "size": 0, "chunks": []}
    with file:
        size = os.fstat(file.fileno()).st_size
        start, end = _bounds(file, part, size, over=over)
        data = os.pread(file.fileno(), end - start, start)
    end = start + len(data)
    return {"start": start, "end": end, "size": size, "chunks": list(_chunks(run.path, data, start, end))}


def _bounds(file: IO[bytes], part: Part, size: int, *, over: bool) -> tuple[int, int]:
    """Move the ends of a part to where lines, at least characters, end."""
    if part.after is not None:
        start = min(part.after, size)
        end = min(start + part.limit, size if part.before is None else max(start, min(part.before, size)))
        data = os.pread(file.fileno(), end - start, start)
        newline = data.rfind(b"\n")
        if end < size and newline >= 0:
            return start, start + newline + 1
        return start, end - (0 if over and end == size else _torn(data))
    end = size if part.before is None else min(part.before, size)
    start = max(0, end - part.limit)
    data = os.pread(file.fileno(), end - start, start)
    kept = len(data) - (_torn(data) if end == size and not over else 0)
    if start:
        newline = data.find(b"\n")
        # a line that is longer than the part is cut within
        start += newline + 1 if 0 <= newline < kept - 1 else _leading(data)
    return start, end - len(data) + kept


def _torn(data: bytes) -> int:
    """Count the bytes at the end that begin a character and do not end it."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            return back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else 0
        if byte < 0x80:
            return 0
    return 0


def _leading(data: bytes) -> int:
    """Count the bytes at the beginning that end a character."""
    return next((at for at, byte in enumerate(data[:4]) if byte & 0xC0 != 0x80), 0)


def _chunks(folder: Path, data: bytes, start: int, end: int) -> Iterator[tuple[str, int, str]]:
    """Cut bytes by stream and time; what came within a second stays together."""
    decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}
    held: Piece | None = None
    for piece in _pieces(folder, start, end):
        if held and held.stream == piece.stream and piece.time - held.time < _SECOND:
            held = Piece(held.time, held.start, piece.end, held.stream)
            continue
        if held:
            yield _chunk(held, decoders, data, start)
        held = piece
    if held:
        yield _chunk(held, decoders, data, start)


def _chunk(
    piece: Piece, decoders: Mapping[str, codecs.IncrementalDecoder], data: bytes, start: int
) -> tuple[str, int, str]:
    last = piece.end - start >= len(data)
    text = decoders[piece.stream].decode(data[piece.start - start : piece.end - start], last)
    return piece.stream, piece.time // 10**6, text


def _pieces(folder: Path, start: int, end: int) -> Iterator[Piece]:
    """Read of the index only what is about these bytes."""
    if start >= end:
        return
    index = b""
    with contextlib.suppress(Unknown), open_below(folder, b"output.index") as file:
        first = _record_at(file, start)
        last = _record_at(file, end - 1) + 1
        index = os.pread(file.fileno(), (last - first) * SIZE, first * SIZE)
    for piece in pieces(index, end):
        if piece.end > start:
            yield Piece(piece.time, max(piece.start, start), piece.end, piece.stream)


def _record_at(file: IO[bytes], offset: int) -> int:
    """Find the record whose chunk holds a byte."""
    low, high = 0, os.fstat(file.fileno()).st_size // SIZE
    while high - low > 1:
        middle = (low + high) // 2
        if offset_of(os.pread(file.fileno(), SIZE, middle * SIZE)) <= offset:
            low = middle
        else:
            high = middle
    return low


def search_output(run: Run, sought: Sought) -> dict[str, Any]:
    """Find the lines that hold a text.

    Args:
        run: The run.
        sought: What to look for, and from where on.

    Returns:
        ``found``, each with ``start`` (of the line), ``at`` (of the text) and ``text``; ``next``, the byte to go on
        with, or None.
    """
    needle = sought.text.encode("utf-8", "surrogateescape").lower()
    found: list[dict[str, Any]] = []
    if not needle:
        return {"found": found, "next": None}
    try:
        file = open_below(run.path, b"output")
    except Unknown:
        return {"found": found, "next": None}
    with file:
        at = first = min(sought.start, os.fstat(file.fileno()).st_size)
        while block := os.pread(file.fileno(), _BLOCK + len(needle) - 1, at):
            if at - first >= _MOST or sought.gone():
                return {"found": found, "next": at}
            lowered, here = block.lower(), 0
            while (hit := lowered.find(needle, here)) >= 0 and hit < _BLOCK:
                if len(found) == FOUND:
                    return {"found": found, "next": at + hit}
                row, end = _line_around(file, at + hit)
                found.append(row)
                here = max(end - at, hit + len(needle))
            at += max(_BLOCK, here) if here > _BLOCK else _BLOCK
    return {"found": found, "next": None}


def _line_around(file: IO[bytes], at: int) -> tuple[dict[str, Any], int]:
    """Give the line around a byte, cut where it is long, and where the next line begins."""
    before = os.pread(file.fileno(), min(at, _LINE // 2), max(0, at - _LINE // 2))
    behind = os.pread(file.fileno(), _LINE, at)
    start = at - len(before) + before.rfind(b"\n") + 1
    length = behind.find(b"\n")
    line = before[before.rfind(b"\n") + 1 :] + (behind if length < 0 else behind[:length])
    row = {"start": start, "at": at, "text": line.decode(errors="replace")}
    return row, at + (len(behind) if length < 0 else length + 1)
