"""What there is to search in: the summaries of an index as one text, kept in the folder of trust.

Only summaries that changed are read again. The text is good for a while (`FRESH`), and for an index in a folder for as
long as its timestamp stays the same, so most searches need neither the network nor any signature: they were checked
when the text was made.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from guildpkg.core.catalog_reader import read_summary
from guildpkg.core.digests import is_sha256
from guildpkg.core.events import Progress, Reporter
from guildpkg.core.search import format_lines
from guildpkg.errors import CatalogError
from guildpkg.index.layout import METADATA, TIMESTAMP
from guildpkg.index.trust import Known, folder_of
from guildpkg.system.disk import locked, room_for, write_atomically
from guildpkg.system.parallel import in_order

if TYPE_CHECKING:
    from tuf.api.metadata import TargetFile

    from guildpkg.index.client import Client

FRESH: Final = 900.0
"""Seconds for which an index on the network is not asked again by a search."""

WORKERS: Final = 8
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The text of one index.

    Attributes:
        known: The index.
    """

    known: Known

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.known.place / "search"

    def ready(self, now: float) -> str | None:
        """Give the text when it can be used as it is; None when the index has to be asked."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            state: Any = json.loads((self.folder / "state.json").read_bytes())
            if state["schema"] != SCHEMA or not now < state["expires"]:
                return None
            if folder := folder_of(self.known.url):
                same = state["timestamp"] == _digest(Path(folder, TIMESTAMP))
            else:
                same = state["checked"] <= now < state["checked"] + FRESH
            return self.kept() if same else None
        return None

    def kept(self) -> str:
        """Give the text as it was last made; an empty one when it never was."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "lines.tsv").read_text("utf-8")
        return ""

    def made(self, client: Client, now: float, report: Reporter) -> str:
        """Ask the index, read what changed, and make the text anew.

        Raises:
            TrustError: The index is not what its keys signed, or is out of date.
            NetworkError: It cannot be reached.
        """
        targets = client.summaries()
        with room_for(self.folder):
            self.folder.mkdir(exist_ok=True)
        with locked(self.folder):
            wanted = {target.hashes.get("sha256", ""): target for target in targets.values()}
            if not all(map(is_sha256, wanted)):
                raise CatalogError(f"the index {self.known.name} binds a summary by no SHA-256")
            self._read([target for digest, target in wanted.items() if not self._part(digest).exists()], client, report)
            text = "".join(self._part(digest).read_text("utf-8") for digest in wanted)
            write_atomically(self.folder / "lines.tsv", text.encode())
            timestamp = self.known.place / METADATA / "timestamp.json"
            state = {
                "schema": SCHEMA,
                "timestamp": _digest(timestamp),
                "expires": client.expires,
                "checked": now,
            }
            write_atomically(self.folder / "state.json", json.dumps(state).encode())
            for left in self.folder.glob("*.part"):
                if left.stem not in wanted:
                    left.unlink(missing_ok=True)
        return text

    def _read(self, targets: list[TargetFile], client: Client, report: Reporter) -> None:
        from guildpkg.index.targets import unpacked

        task = f"Reading what there is on {self.known.name}"

        def one(target: TargetFile) -> str:
            summary = read_summary(unpacked(client.target(target), target.path), target.path)
            return format_lines(summary)

        try:
            for done, (target, lines) in enumerate(zip(targets, in_order(one, targets, WORKERS), strict=True)):
                write_atomically(self._part(target.hashes["sha256"]), lines.encode())
                report(Progress(task, done, len(targets), "summaries"))
        finally:
            report(Progress(task, len(targets), len(targets), "summaries", finished=True))

    def _part(self, digest: str) -> Path:
        return self.folder / f"{digest}.part"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
