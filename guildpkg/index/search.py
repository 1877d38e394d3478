"""What there is to search in: the summaries of an index as one text, kept in the folder of trust.

Only summaries that changed are read again. The text is good for a while (`FRESH`), and for an index in a folder for as
long as its timestamp stays the same, so most searches need neither the network nor any signature: they were checked
when the text was made.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from guildpkg.core.events import Progress, Reporter
from guildpkg.core.packages.search import format_lines
from guildpkg.core.words import in_bytes
from guildpkg.errors import CatalogError
from guildpkg.index.layout import METADATA, TIMESTAMP
from guildpkg.index.trust import Known, folder_of
from guildpkg.lean import dataclass
from guildpkg.system.disk import write_atomically

if TYPE_CHECKING:
    from tuf.api.metadata import TargetFile

    from guildpkg.index.client import Client

FRESH: Final = 900.0
"""Seconds for which an index on the network is not asked again by a search."""

WORKERS: Final = 8
MOST_SUMMARIES: Final = 16_384
"""Most summaries that an index may have; ours have 256, of a hundred thousand packages."""

MOST_TEXT: Final = 256 << 20
"""Most bytes of the text, all of which are held in memory: those of a million packages."""

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The text of one index.

    Attributes:
        known: The index.
    """

    known: Known

    @property
    def path(self) -> Path:
        """The file that keeps it: a line of JSON about it, then the text."""
        return self.known.place / "search.lines"

    def ready(self, now: float) -> str | None:
        """Give the text when it can be used as it is; None when the index has to be asked."""
        state, text = self._read()
        with contextlib.suppress(OSError, KeyError, TypeError):
            if not now < state["expires"]:
                return None
            if folder := folder_of(self.known.url):
                same = state["timestamp"] == _digest(Path(folder, TIMESTAMP))
            else:
                same = state["checked"] <= now < state["checked"] + FRESH
            return text if same else None
        return None

    def kept(self) -> str:
        """Give the text as it was last made; an empty one when it never was."""
        return self._read()[1]

    def made(self, client: Client, now: float, report: Reporter) -> str:
        """Ask the index, read what changed, and make the text anew.

        Raises:
            TrustError: The index is not what its keys signed, or is out of date.
            NetworkError: It cannot be reached.
            CatalogError: What was signed is unsound, or more than an index may have.
        """
        targets = {target.hashes.get("sha256", ""): target for target in client.summaries().values()}
        if len(targets) > MOST_SUMMARIES:
            message = f"the index {self.known.name} claims {len(targets):,} summaries; {MOST_SUMMARIES:,} are the most"
            raise CatalogError(message, hint=f"tell whoever runs it, or leave it: guild index remove {self.known.name}")
        state = {
            "schema": SCHEMA,
            "timestamp": _digest(self.known.place / METADATA / "timestamp.json"),
            "expires": client.expires,
            "checked": now,
        }
        parts = {digest: part for digest, part in self._parts().items() if digest in targets}
        missing = [target for digest, target in targets.items() if digest not in parts]
        parts |= self._fetched(missing, client, report)
        state["parts"] = [(digest, len(parts[digest])) for digest in targets]
        text = b"".join(parts[digest] for digest in targets)
        write_atomically(self.path, json.dumps(state).encode() + b"\n" + text)
        return text.decode()

    def _fetched(self, targets: list[TargetFile], client: Client, report: Reporter) -> dict[str, bytes]:
        """Read summaries, several at once."""
        from guildpkg.core.packages.catalog_reader import read_summary
        from guildpkg.index.targets import unpacked
        from guildpkg.system.parallel import in_order

        task = f"Reading what there is on {self.known.name}"

        def one(target: TargetFile) -> bytes:
            summary = read_summary(unpacked(client.target(target), target.path), target.path)
            return format_lines(summary).encode()

        found: dict[str, bytes] = {}
        size = 0
        try:
            for target, part in zip(targets, in_order(one, targets, WORKERS), strict=True):
                found[target.hashes["sha256"]] = part
                size += len(part)
                if size > MOST_TEXT:
                    raise CatalogError(
                        f"the summaries of the index {self.known.name} have more than {in_bytes(MOST_TEXT)}",
                        hint=f"tell whoever runs it, or leave it: guild index remove {self.known.name}",
                    )
                report(Progress(task, len(found), len(targets), "summaries"))
        finally:
            report(Progress(task, len(found), len(targets), "summaries", finished=True))
        return found

    def _parts(self) -> dict[str, bytes]:
        """Take the text that is kept apart again, by the SHA-256 of the summary of each part."""
        state, text = self._read()
        data, found, at = text.encode(), {}, 0
        for digest, length in state.get("parts", ()):
            found[digest] = data[at : at + length]
            at += length
        return found

    def _read(self) -> tuple[dict[str, Any], str]:
        """Read what is kept; what is damaged counts as nothing, and is read from the index again."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            head, _, data = self.path.read_bytes().partition(b"\n")
            state: Any = json.loads(head)
            if state["schema"] == SCHEMA and sum(length for _, length in state["parts"]) == len(data):
                return state, data.decode()
        return {}, ""


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
