"""``guild view``: joins the runs, the project and the series, and serves them to the browser."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, field, replace
from functools import cache, wraps
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

from guildpkg.core.events import Reporter
from guildpkg.core.project.model import Project
from guildpkg.core.series.fields import FieldValue
from guildpkg.core.view_data import Part, Row, Sought, Span
from guildpkg.errors import FileFaults, GuildError, Unknown
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.chosen import Wanted, listing, read_filters, row_of, run_of
from guildpkg.pipeline.runs.fields import field_values
from guildpkg.pipeline.runs.series import series_of
from guildpkg.pipeline.view.acts import ACTS
from guildpkg.pipeline.view.charts import chart_rows, line_rows
from guildpkg.pipeline.view.compare import Side, comparison, difference
from guildpkg.pipeline.view.output import output_part, printer, search_output
from guildpkg.pipeline.view.run import folder_rows, run_details, run_marks
from guildpkg.project.load import files_in, load
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary
from guildpkg.system.reading import open_below
from guildpkg.version import VERSION
from guildpkg.view.listen import Place, listen, url_of

__all__ = ["Place", "ViewedRuns", "listen", "serve", "url_of"]

Reader = Callable[[Path | None], tuple[Project | None, list[str]]]
P = ParamSpec("P")
T = TypeVar("T")


def _anew(read: Callable[P, T]) -> Callable[P, T]:
    """Look once more where a run was moved or deleted meanwhile: it is found elsewhere then, or is said to be gone."""

    @wraps(read)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except FileNotFoundError:
            return read(*args, **kwargs)

    return again


@dataclass(slots=True)
class ViewedRuns:
    """The runs of a store as the view shows them; a `ViewData`.

    Project files are read anew for every request, so that edits to them show when a page is loaded again.

    Attributes:
        store: The runs.
        project: Folder of the project to which the runs are limited; None for all runs.
    """

    store: Runs
    project: Path | None = None
    _rows: dict[str, tuple[Summary, Row]] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def warm(self) -> None:
        """Read the series of the newest run, which a page shows first."""
        with contextlib.suppress(GuildError, OSError):
            newest = next(iter(self.runs("", trashed=False)), None)
            if newest is not None:
                series_of(self.store, self._find(newest["id"])[0])

    def config(self) -> Row:
        """Say what is looked at."""
        project, faults = self._read(self.project)
        return {
            "version": VERSION,
            "project": str(self.project) if self.project else None,
            "title": project.title if project else self.project.name if self.project else "All runs",
            "description": project.description if project else "",
            "faults": faults,
            "home": str(self.store.home),
        }

    @_anew
    def runs(self, expression: str, *, trashed: bool) -> list[Row]:
        """List the runs, newest first."""
        filters = read_filters([expression] if expression else [], self.store.now())
        wanted = Wanted(project=str(self.project) if self.project else "", trashed=trashed)
        # who asks second finds what the first one has read, instead of reading all of it as well
        with self._turn:
            rows = [self._row(run, trashed=trashed) for run in listing(self.store, wanted)]
        if not filters:
            return rows
        # nobody waits for a filter that reads what runs have logged
        return [self._row(run, trashed=trashed) for run in listing(self.store, replace(wanted, filters=filters))]

    def _row(self, run: Summary, *, trashed: bool) -> Row:
        known = self._rows.get(run.name)
        if known is None or known[0] != run or known[1]["deleted"] != trashed:
            row = {**row_of(self.store, run, trashed=trashed), "deleted": trashed}
            known = self._rows[run.name] = (run, row)
        return known[1]

    @_anew
    def run(self, run: str) -> Row:
        """Tell everything of a run that is not large."""
        place, trashed = self._find(run)
        return {**self._row_of(place, trashed=trashed), **run_details(self.store, place)}

    @_anew
    def panels(self, run: str) -> Row:
        """Give the values of the project's fields."""
        place, _ = self._find(run)
        project, faults = self._read(_project_of(place))
        values = field_values(self.store, place, project) if project else []
        return {"fields": [asdict(value) for value in values], "faults": faults}

    @_anew
    def charts(self, run: str) -> Row:
        """Say which charts there are."""
        place, _ = self._find(run)
        project, faults = self._read(_project_of(place))
        rows = chart_rows(series_of(self.store, place), project, place.record().operation)
        return {**rows, "faults": faults}

    @_anew
    def lines(self, run: str, keys: Sequence[str], span: Span) -> list[Row]:
        """Give the points of some keys."""
        return line_rows(series_of(self.store, self._find(run)[0]), keys, span)

    @_anew
    def output(self, run: str, part: Part) -> Row:
        """Give a part of what the run printed."""
        place, over = printer(self.store, self._find(run)[0], part.of)
        return {**output_part(place, part, over=over), "over": over}

    @_anew
    def search(self, run: str, sought: Sought) -> Row:
        """Find lines in what the run printed."""
        place, _ = printer(self.store, self._find(run)[0], sought.of)
        return search_output(place, sought)

    @_anew
    def folder(self, run: str, root: str, path: bytes) -> Row:
        """List a folder of the run."""
        return folder_rows(self._find(run)[0].path / root, path)

    @_anew
    def file(self, run: str, root: str, path: bytes) -> IO[bytes]:
        """Open a file of the run."""
        return open_below(self._find(run)[0].path / root, path)

    @_anew
    def compare(self, runs: Sequence[str]) -> Row:
        """Lay runs side by side."""
        known: dict[str, tuple[Summary, bool]] = {}
        for trashed in (True, False):
            known |= {run.id: (run, trashed) for run in self.store.summaries(trashed=trashed)}
        if missing := [run[:8] for run in runs if run not in known]:
            raise Unknown(f"there is no run {', '.join(missing)}", hint="it may have been deleted for good")
        found = [known[run] for run in dict.fromkeys(runs)]
        read = cache(self._read)
        sides = [
            Side(run, self._row(run, trashed=trashed), self._fields(run_of(self.store, run, trashed=trashed), read))
            for run, trashed in found
        ]
        return comparison(self.store, sides, self._read(self.project)[0])

    def _fields(self, run: Run, read: Reader) -> list[FieldValue]:
        """Fill in the fields of the run's project; none when either cannot be read."""
        with contextlib.suppress(GuildError, OSError):
            project, _ = read(_project_of(run))
            return field_values(self.store, run, project) if project else []
        return []

    @_anew
    def differences(self, one: str, other: str) -> Row:
        """Say in what two runs differ."""
        return difference(self._find(one)[0], self._find(other)[0])

    @_anew
    def marks(self, run: str) -> Row:
        """Give a mark for each part of a run."""
        place, _ = self._find(run)
        return run_marks(self.store, place, _project_of(place))

    @_anew
    def act(self, verb: str, run: str, given: Mapping[str, Any]) -> Row:
        """Change a run."""
        place, trashed = self._find(run)
        place = ACTS[verb](self.store, place, given)
        return self._row_of(place, trashed={"delete": True, "restore": False}.get(verb, trashed))

    def _find(self, run: str) -> tuple[Run, bool]:
        """Find a run by its whole id, also in the trash."""
        for trashed in (False, True):
            for place in self.store.all(trashed=trashed):
                # one that was moved meanwhile lies in the trash, where it is looked for next
                with contextlib.suppress(FileNotFoundError):
                    if place.short == run[:8] and place.record().id == run:
                        return place, trashed
        raise Unknown(f"there is no run {run[:8]}", hint="it may have been deleted for good")

    def _row_of(self, run: Run, *, trashed: bool) -> Row:
        for summary in self.store.summaries(trashed=trashed):
            if summary.name == run.path.name:
                return self._row(summary, trashed=trashed)
        raise Unknown(f"there is no run {run.short} any more")

    def _read(self, folder: Path | None) -> tuple[Project | None, list[str]]:
        """Read a project as it is now, or say what is wrong with it."""
        if folder is None or not files_in(folder):
            return None, []
        try:
            return load(folder), []
        except FileFaults as error:
            return None, [str(fault) for fault in error.faults]
        except (GuildError, OSError) as error:
            return None, [str(error)]


def serve(
    data: ViewedRuns,
    listener: socket.socket,
    place: Place,
    *,
    interval: float,
    ready: Callable[[], None],
    report: Reporter,
) -> None:
    """Answer requests until SIGINT, SIGTERM or SIGHUP; see `view.serve.serve`."""
    threading.Thread(target=data.warm, daemon=True).start()
    # the web server is loaded while the newest run is being read
    from guildpkg.view import serve as server

    server.serve(data, listener, place, interval=interval, ready=ready, report=report)


def _project_of(run: Run) -> Path | None:
    project = run.record().project
    return Path(project) if project else None
