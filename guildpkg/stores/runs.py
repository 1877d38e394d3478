"""The runs below ``$GUILD_HOME``: where they lie, and every change to them.

``runs/<UTC>-<8 hex>/`` holds ``run.json``, ``process.json``, ``exit.json``, ``notes.json``, ``output``,
``output.index``, ``stats``, ``attrs.json``, ``heartbeat``, ``source/``, ``files/`` (that is RUNDIR), and ``runs/`` with
the records of operations that went into it; see ``docs/runs.md``. A folder with a name of a run always has a whole
``run.json``: it is made beside and then renamed.
Deleted runs lie in ``trash/runs/`` until they are purged.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path

from guildpkg.core.runs.files import RunRecordError, to_json
from guildpkg.core.runs.record import Notes, ProcessRecord, RunId, RunRecord, SourceRow, folder_name, is_run_folder
from guildpkg.core.runs.status import Status
from guildpkg.errors import Exists, GuildError, Unknown
from guildpkg.lean import dataclass
from guildpkg.stores.runs_find import find_run
from guildpkg.stores.runs_folder import RESERVE, RESERVED, Run, new_name
from guildpkg.stores.runs_summary import Summary, survey
from guildpkg.system.disk import locked, remove, room_for, sync_folder, write_atomically
from guildpkg.system.durable import make_folders, sync_tree


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a run is going to be: its id, when it was made (nanoseconds) and its folder, which is not there yet."""

    id: RunId
    created: int
    path: Path

    @property
    def files(self) -> Path:
        """RUNDIR."""
        return self.path / "files"


@dataclass(frozen=True, slots=True)
class Runs:
    """The store of runs.

    Attributes:
        home: ``$GUILD_HOME``; made when needed.
        now: The clock, nanoseconds since the epoch.
    """

    home: Path
    now: Callable[[], int] = field(default=time.time_ns)

    @property
    def folder(self) -> Path:
        """Where the runs lie."""
        return self.home / "runs"

    @property
    def trash_folder(self) -> Path:
        """Where deleted runs lie."""
        return self.home / "trash" / "runs"

    def inside(self, run: Run) -> Runs:
        """Give the operations that went into a run: they lie in its folder as runs lie in ``$GUILD_HOME``."""
        return Runs(run.path, self.now)

    def cache(self, *, trashed: bool = False) -> Path:
        """What is remembered of runs that are over; it may be deleted at any time."""
        return self.home / "cache" / ("runs-trash.json" if trashed else "runs.json")

    def series_cache(self, run: Run) -> Path:
        """What is remembered of the series of a run; it may be deleted at any time."""
        return self.home / "cache" / "series" / f"{run.path.name}.sqlite"

    def identity(self) -> Identity:
        """Think of a new run, so that its RUNDIR can be named before it is there."""
        while True:
            run, created = RunId(uuid.uuid4().hex), self.now()
            name = folder_name(run, created)
            if not (self.folder / name).exists() and not (self.trash_folder / name).exists():
                return Identity(run, created, self.folder / name)

    def create(
        self,
        record: RunRecord,
        lay: Callable[[Path], SourceRow] | None = None,
        claim: ProcessRecord | None = None,
    ) -> Run:
        """Make the folder of a run with its record, all at once.

        Args:
            record: What ``run.json`` is to say.
            lay: Puts the source into the folder before anybody else sees it, and says what the record is to say of it.
            claim: Who has the run from the beginning; None for nobody, so that anyone may start it.

        Raises:
            Exists: There is such a run.
            DiskFull: There is no room; nothing is left.
        """
        place = self.folder / record.folder
        beside = self.folder / new_name()
        with room_for(place):
            make_folders(self.folder)
            try:
                (beside / "files").mkdir(parents=True)
                if lay is not None:
                    record = replace(record, source=lay(beside))
                    sync_tree(beside / "source")
                (beside / RESERVE).write_bytes(bytes(RESERVED))
                (beside / "heartbeat").touch()  # reaches the disk with the names beside it
                if claim is not None:
                    write_atomically(beside / "process.json", to_json(claim))
                write_atomically(beside / "run.json", to_json(record))
                if place.exists():
                    raise Exists(f"there is a run {place.name} already")
                beside.rename(place)
            except BaseException:
                remove(beside)
                raise
            sync_folder(self.folder)
        return Run(place)

    def all(self, *, trashed: bool = False) -> list[Run]:
        """Give all runs, newest first, without reading any of them: those of one second come in no order."""
        folder = self.trash_folder if trashed else self.folder
        return [Run(folder / name) for name in sorted(self.names(trashed=trashed), reverse=True)]

    def names(self, *, trashed: bool = False) -> list[str]:
        """Name the folders of all runs, in no order."""
        try:
            entries = os.listdir(self.trash_folder if trashed else self.folder)  # noqa: PTH208 - a list of names
        except FileNotFoundError:
            return []
        return [name for name in entries if is_run_folder(name)]

    def summaries(self, *, trashed: bool = False) -> list[Summary]:
        """Give what a listing shows of every run, newest first; damaged runs are left out (see `repair`)."""
        return self.survey(trashed=trashed)[0]

    def survey(self, *, trashed: bool = False) -> tuple[list[Summary], int]:
        """Give what a listing shows of every run, newest first, and how many runs are damaged and left out.

        What is known of runs that are over is kept in ``cache/runs.json``, which may be deleted at any time.
        """
        folder = self.trash_folder if trashed else self.folder
        return survey(folder, self.cache(trashed=trashed), self.now)

    def find(self, text: str, among: Sequence[Run] | None = None) -> Run:
        """Find one run.

        Args:
            text: The beginning of an id or of a folder's name, a folder's path, or a 0-based index into *among*.
            among: The runs to look at, newest first; None for all.

        Raises:
            Unknown: There is none, or the text means several.
        """
        return find_run(text, self.all() if among is None else among)

    def latest(self, among: Sequence[Run] | None = None) -> Run:
        """Give the newest run.

        Raises:
            Unknown: There is none.
        """
        runs = self.all() if among is None else among
        if not runs:
            raise Unknown("there are no runs", hint="start one with guild train")
        second = [run for run in runs if run.path.name[:16] == runs[0].path.name[:16]]
        return second[0] if len(second) == 1 else max(second, key=lambda run: run.record().created)

    def status(self, run: Run) -> Status:
        """Say what state a run is in now."""
        return run.status(self.now())

    def annotate(self, run: Run, change: Callable[[Notes], Notes]) -> Notes:
        """Change a run's notes; two changes at once are both made, one after the other.

        Raises:
            Unknown: It is not there any more.
        """
        try:
            with locked(run.path, folder=True):
                notes = change(run.notes())
                write_atomically(run.path / "notes.json", to_json(notes))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Unknown(f"run {run.short} is not there any more", hint="see guild runs") from error
        return notes

    def trash(self, run: Run) -> Run:
        """Move a run to the trash.

        Raises:
            GuildError: It is still running.
        """
        self.check_over(run)
        return self._move(run, self.trash_folder)

    def check_over(self, run: Run) -> None:
        """See that nothing of a run is running.

        Raises:
            GuildError: Something is.
        """
        going = [("", self.status(run))]
        for one in self.inside(run).all():
            with contextlib.suppress(RunRecordError, FileNotFoundError):  # one without a sound record is not running
                going.append((f"{one.record().operation} of ", self.status(one)))
        for what, status in going:
            if not status.over and status.word != "staged":
                hint = f"stop it first: guild runs stop {run.short}"
                raise GuildError(f"{what}run {run.short} is {status}", hint=hint)

    def restore(self, run: Run) -> Run:
        """Take a run back out of the trash.

        Raises:
            Exists: There is such a run.
        """
        return self._move(run, self.folder)

    def check_free(self, run: Run) -> None:
        """See that a run can be taken out of the trash.

        Raises:
            Exists: There is such a run.
        """
        self._free(run, self.folder)

    def purge(self, run: Run) -> None:
        """Delete a run for good. It is out of sight at once, also when this is killed."""
        gone = run.path.with_name(new_name())
        run.path.rename(gone)
        remove(gone)
        cache = self.series_cache(run)
        for path in (cache, cache.with_name(f"{cache.name}-journal")):
            with contextlib.suppress(OSError):
                path.unlink()

    def _move(self, run: Run, folder: Path) -> Run:
        with room_for(folder / run.path.name):
            make_folders(folder)
            place = self._free(run, folder)
            run.path.rename(place)
            sync_folder(folder)
            sync_folder(run.path.parent)
        return Run(place)

    @staticmethod
    def _free(run: Run, folder: Path) -> Path:
        place = folder / run.path.name
        if place.exists():
            raise Exists(f"there is a run {place.name} in {folder} already")
        return place
