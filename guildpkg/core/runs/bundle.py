"""The list that comes first in an archive of runs: every file of every run with its size and SHA-256.

It is JSON: ``schema``, ``guildpkg`` (the version that wrote it) and ``runs``, by name of the folder, each with its
``id`` and its ``files``: path, kind (``file``, ``link`` or ``dir``, an empty folder), mode, size, SHA-256, and for a
link its target. Bytes of paths that are no UTF-8 are lone surrogates.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from guildpkg.core.archive.layout import check_entries, show
from guildpkg.core.digests import Entry, dir_entry, is_sha256, link_entry
from guildpkg.core.digests import Sha256 as Digest
from guildpkg.core.runs.record import RunId, is_run_folder, is_run_id
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass

MEMBER: Final = b"runs.json"
"""Name of the list in the archive."""
LARGEST: Final = 256 << 20
"""Most bytes of it."""
_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A run in an archive: its id, and what its folder holds, in byte order of the paths."""

    id: RunId
    files: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(entry.size for entry in self.files if entry.kind == "file")

    def digest(self, path: bytes) -> str:
        """Give the SHA-256 of a file; empty when there is none."""
        return next((entry.sha256 for entry in self.files if entry.path == path and entry.kind == "file"), "")


def to_bytes(runs: Mapping[str, Packed], version: str) -> bytes:
    """Write the list."""
    told = {name: {"id": run.id, "files": [_row(entry) for entry in run.files]} for name, run in runs.items()}
    return json.dumps({"schema": _SCHEMA, "guildpkg": version, "runs": told}).encode() + b"\n"


def _row(entry: Entry) -> list[object]:
    path = entry.path.decode("utf-8", "surrogateescape")
    row: list[object] = [path, entry.kind, "x" if entry.executable else "", entry.size, entry.sha256]
    return [*row, entry.target.decode("utf-8", "surrogateescape")] if entry.kind == "link" else row


def from_bytes(data: bytes) -> dict[str, Packed]:
    """Read the list.

    Raises:
        ArchiveError: It is not one that was written here, or names what must not be written.
    """
    try:
        found = json.loads(data)
        if found["schema"] != _SCHEMA:
            raise ArchiveError("the archive was written by another guild", hint="upgrade guildpkg")
        runs = {str(name): _packed(name, run) for name, run in found["runs"].items()}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ArchiveError("the list of the archive is damaged: it is no archive of runs") from error
    for name, run in runs.items():
        if not is_run_folder(name) or not is_run_id(run.id) or not name.endswith(f"-{run.id[:8]}"):
            raise ArchiveError(f"the archive has a run of the name {name!r}, which is none")
        if problems := check_entries(run.files):
            raise ArchiveError(f"the archive is refused: in run {name}, {problems[0]}")
        if not run.digest(b"run.json"):
            raise ArchiveError(f"the archive is refused: run {name} has no run.json")
    return runs


def _packed(name: str, run: Any) -> Packed:
    return Packed(RunId(str(run["id"])), tuple(_entry(name, row) for row in run["files"]))


def _entry(name: str, row: list[Any]) -> Entry:
    path = row[0].encode("utf-8", "surrogateescape")
    if row[1] == "link":
        return link_entry(path, row[5].encode("utf-8", "surrogateescape"))
    if row[1] == "dir":
        return dir_entry(path)
    if row[1] != "file" or type(row[3]) is not int or row[3] < 0 or not is_sha256(row[4]):
        raise ArchiveError(f"the archive is refused: in run {name}, what is said of {show(path)} is damaged")
    return Entry(path, "file", row[2] == "x", row[3], Digest(row[4]))
