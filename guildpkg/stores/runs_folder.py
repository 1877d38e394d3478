"""One run's folder: reads its files when asked for them, and writes those that are written once."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from guildpkg.core.digests import sha256
from guildpkg.core.runs.files import Inputs, read_exit, read_inputs, read_notes, read_process, read_record, to_json
from guildpkg.core.runs.record import ExitRecord, Notes, ProcessRecord, ResourceRow, RunRecord, is_run_folder
from guildpkg.core.runs.status import Life, Status, loss_of, status_of
from guildpkg.errors import Busy, GuildError
from guildpkg.lean import dataclass
from guildpkg.system.disk import locked, sync_folder, write_atomically
from guildpkg.system.process.alive import living, this_host, this_process
from guildpkg.system.reading import open_below

NEW: Final = ".new-"
"""What the name of a folder begins with that is being made, or being removed."""
RESERVE: Final = ".reserve"
STOP: Final = "stop"
"""A file of a run: as many bytes as its end has been wished for."""
RESERVED: Final = 8192
"""Bytes set aside at the start, so that a full disk has room for the record of the end."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run by its folder. Nothing is read before it is asked for, and nothing is remembered.

    Attributes:
        path: Its folder.
    """

    path: Path

    @property
    def short(self) -> str:
        """The first eight digits of its id."""
        return self.path.name[-8:]

    @property
    def home(self) -> Path:
        """``$GUILD_HOME``, for a run that is not in the trash; an operation that went into a run lies in its folder."""
        above = self.path.parents[1]
        return above.parents[1] if is_run_folder(above.name) else above

    @property
    def files(self) -> Path:
        """RUNDIR."""
        return self.path / "files"

    def record(self) -> RunRecord:
        """Read ``run.json``.

        Raises:
            RunRecordError: It is damaged.
        """
        return read_record((self.path / "run.json").read_bytes(), str(self.path / "run.json"))

    def process(self) -> ProcessRecord | None:
        """Read ``process.json``; None before anything was started."""
        with contextlib.suppress(FileNotFoundError):
            return read_process((self.path / "process.json").read_bytes(), str(self.path / "process.json"))
        return None

    def ended(self) -> ExitRecord | None:
        """Read ``exit.json``; None as long as nobody has recorded an end.

        Raises:
            FileNotFoundError: The whole run is not here any more, which says nothing of its end.
        """
        with contextlib.suppress(FileNotFoundError):
            return read_exit((self.path / "exit.json").read_bytes(), str(self.path / "exit.json"))
        self.path.stat()
        return None

    def notes(self, record: RunRecord | None = None) -> Notes:
        """Read ``notes.json``; the label and tags of the record (read, if it is not given) when there is none.

        Raises:
            FileNotFoundError: The whole run is not here any more.
        """
        with contextlib.suppress(FileNotFoundError):
            return read_notes((self.path / "notes.json").read_bytes(), str(self.path / "notes.json"))
        self.path.stat()
        record = record or self.record()
        return Notes(record.label, record.tags)

    def status(self, now: int) -> Status:
        """Say what state it is in.

        Args:
            now: Nanoseconds since the epoch.
        """
        # looked at before and after: it may end while we look, and is not to count as killed then
        record, process = self.record(), self.process()
        life = self.life(record, process, now)
        return status_of(record, process, self.ended(), life)

    def loss(self, now: int) -> str:
        """Say why it is over although no end was recorded; empty when it is not, or one was."""
        record, process = self.record(), self.process()
        life = self.life(record, process, now)
        return "" if self.ended() else loss_of(record, process, life)

    def life(self, record: RunRecord, process: ProcessRecord | None, now: int) -> Life:
        """Look up what the rules of status want to know."""
        watchers = (process.runner, process.child) if process else (record.maker,)
        return Life(this_host(), now, self.heartbeat(), living(watchers))

    def heartbeat(self) -> int:
        """Say when it last gave a sign of life, nanoseconds since the epoch; 0 for never."""
        with contextlib.suppress(FileNotFoundError):
            return (self.path / "heartbeat").stat().st_mtime_ns
        return 0

    def beat(self, now: int) -> None:
        """Give a sign of life."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.path / "heartbeat", ns=(now, now))

    def touch(self) -> None:
        """Let everyone look again who remembers the run."""
        with contextlib.suppress(OSError):
            os.utime(self.path)

    def inputs(self) -> tuple[ResourceRow, ...]:
        """Give what was laid out for it: known beforehand (``run.json``), then found (``inputs.json``)."""
        found: tuple[ResourceRow, ...] = ()
        with contextlib.suppress(FileNotFoundError):
            found = read_inputs((self.path / "inputs.json").read_bytes(), str(self.path / "inputs.json")).resources
        return (*self.record().resources, *found)

    def write_inputs(self, rows: Sequence[ResourceRow]) -> None:
        """Record what was laid out for it."""
        if rows:
            write_atomically(self.path / "inputs.json", to_json(Inputs(tuple(rows))))

    def changed_inputs(self) -> tuple[ResourceRow, ...]:
        """Give those inputs that were not the same any more when the run ended, with the hash that they had then."""
        path = self.path / "inputs-changed.json"
        with contextlib.suppress(FileNotFoundError):
            return read_inputs(path.read_bytes(), str(path)).resources
        return ()

    def write_changed_inputs(self, rows: Sequence[ResourceRow]) -> None:
        """Record which inputs were not the same any more when the run ended."""
        write_atomically(self.path / "inputs-changed.json", to_json(Inputs(tuple(rows))))

    def looked_up(self) -> dict[str, Any]:
        """Read ``attrs.json``, what was looked up while it ran; empty when it is not there, damaged, or a link."""
        with (
            contextlib.suppress(GuildError, OSError, ValueError, RecursionError),
            open_below(self.path, b"attrs.json") as file,
        ):
            found = json.loads(file.read())
            if isinstance(found, dict):
                return found
        return {}

    def stop_wishes(self) -> int:
        """Say how often its end has been wished from elsewhere: once is polite, twice kills."""
        with contextlib.suppress(OSError):
            return (self.path / STOP).stat().st_size
        return 0

    def wish_stop(self, *, kill: bool) -> None:
        """Wish its end; whoever sees it to its end looks for that twice a second."""
        wishes = max(self.stop_wishes(), 2 if kill else 1)
        write_atomically(self.path / STOP, b"!" * wishes)

    def claim(self, process: ProcessRecord) -> None:
        """Become the one who starts it.

        Raises:
            Busy: It was started before, or is being started.
        """
        with locked(self.path, folder=True):
            if self.process() is not None or self.ended() is not None:
                raise Busy(f"run {self.short} was started before", hint="start another one with guild run --restart")
            self.write_process(process)

    def release(self) -> None:
        """Leave to anyone to start it what was claimed while it was made."""
        (self.path / "process.json").unlink()
        sync_folder(self.path)

    def write_process(self, process: ProcessRecord) -> None:
        """Record what was started."""
        write_atomically(self.path / "process.json", to_json(process))

    def write_end(self, ended: ExitRecord) -> None:
        """Record the end, with the room that was set aside for it.

        Raises:
            DiskFull: There is no room all the same.
        """
        (self.path / RESERVE).unlink(missing_ok=True)
        write_atomically(self.path / "exit.json", to_json(ended))


def new_name() -> str:
    """Name a folder that is being made or removed, so that anyone can tell whether who does it still lives."""
    maker = this_process()
    host = sha256(this_host().name.encode())[:8]
    return f"{NEW}{os.urandom(8).hex()}-{maker.pid}-{maker.started}-{host}"
