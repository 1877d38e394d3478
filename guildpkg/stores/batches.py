"""The batches below ``$GUILD_HOME``: ``batches/<UTC>-<8 hex>/batch.json``. The trials are runs like all others."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from guildpkg.core.runs.batches import BatchRecord, read_batch, to_json
from guildpkg.core.runs.record import RunId, folder_name
from guildpkg.errors import Busy, GuildError, Unknown
from guildpkg.lean import dataclass
from guildpkg.system.disk import locked, remove, room_for, write_atomically


@dataclass(frozen=True, slots=True)
class Batches:
    """The store of batches."""

    home: Path

    def create(self, batch: BatchRecord) -> BatchRecord:
        """Give a batch an id and write it down.

        Raises:
            DiskFull: There is no room.
        """
        batch = replace(batch, id=uuid.uuid4().hex)
        folder = self._folder(batch)
        with room_for(folder):
            folder.mkdir(parents=True)
            write_atomically(folder / "batch.json", to_json(batch))
        return batch

    def forget(self, batch: BatchRecord) -> None:
        """Remove a batch of which nothing has been run."""
        remove(self._folder(batch))

    def find(self, word: str) -> BatchRecord:
        """Find a batch by the beginning of its id.

        Raises:
            Unknown: There is none, or the word means several.
            BatchError: Its record is damaged.
        """
        found = [path for path in self.home.glob("batches/*/batch.json") if path.parent.name[-8:].startswith(word[:8])]
        batches = [read_batch(path.read_bytes(), str(path)) for path in found]
        matching = [batch for batch in batches if batch.id.startswith(word)] if word else []
        if len(matching) != 1:
            many = f"{word} means {len(matching)} batches" if matching else f"there is no batch {word}"
            raise Unknown(many, hint="the batch of a run is shown by guild runs info")
        return matching[0]

    def beginning(self, word: str) -> Iterator[BatchRecord]:
        """Read the batches whose ids begin with a word, the newest first; damaged ones are left out."""
        for path in sorted(self.home.glob("batches/*/batch.json"), reverse=True):
            if path.parent.name[-8:].startswith(word[:8]):
                with contextlib.suppress(GuildError, OSError):
                    batch = read_batch(path.read_bytes(), str(path))
                    if batch.id.startswith(word):
                        yield batch

    def has(self, word: str) -> bool:
        """Tell whether a word is the beginning of the id of one batch."""
        with contextlib.suppress(Unknown):
            self.find(word)
            return True
        return False

    @contextlib.contextmanager
    def held(self, batch: BatchRecord) -> Iterator[None]:
        """Be the only one who runs the trials of a batch.

        Raises:
            Busy: Another guild does.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self._folder(batch), wait=0))
            except Busy as error:
                message = f"batch {batch.id[:8]} is being run by another guild"
                raise Busy(message, hint="wait for it to end, or stop its runs with guild runs stop") from error
            yield

    def _folder(self, batch: BatchRecord) -> Path:
        return self.home / "batches" / folder_name(RunId(batch.id), batch.created)
