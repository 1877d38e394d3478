"""What a name stands for in a run: an attribute, a flag, a scalar. Files are read when a name asks for them, once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.runs.filter import ATTRS, Filter, Value
from guildpkg.core.runs.record import RunRecord
from guildpkg.core.series.keys import find_key
from guildpkg.core.series.points import Latest
from guildpkg.core.words import nearest
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.attrs import attrs_of
from guildpkg.pipeline.runs.series_index import latest_in
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary

if TYPE_CHECKING:
    from guildpkg.pipeline.runs.series import RunSeries
    from guildpkg.stores.scalars_index import LatestIndex


@dataclass
class Values:
    """The values of one run. What is damaged or missing is undefined.

    Attributes:
        store: Where it is.
        run: The run.
        summary: What the listing knows of it already.
        index: What is known of the scalars of all runs; None to look at the run itself.
    """

    store: Runs
    run: Run
    summary: Summary
    index: LatestIndex | None = None

    def look(self, kind: str, name: str) -> Value:
        """Give a value; this is the `Look` of filters."""
        if kind == "flag":
            return self.flags.get(name)
        if kind == "scalar":
            return self.scalar(name)
        return self._attribute(name)

    def scalar(self, name: str) -> float | None:
        """Give the last value of a scalar, named by its key or by the end of it."""
        key = find_key(name, self.scalars)
        return self.scalars[key].value if key else None

    @cached_property
    def record(self) -> RunRecord | None:
        """``run.json``."""
        with contextlib.suppress(GuildError, OSError):
            return self.run.record()
        return None

    @cached_property
    def flags(self) -> Mapping[str, Value]:
        """The flags."""
        return {row.name: row.comparable for row in self.record.flags} if self.record else {}

    @cached_property
    def series(self) -> RunSeries | None:
        """The scalars; None when they cannot be read."""
        # numpy comes with it, which listings without scalars do without
        from guildpkg.pipeline.runs.series import series_of

        with contextlib.suppress(GuildError, OSError):
            return series_of(self.store, self.run)
        return None

    @cached_property
    def scalars(self) -> Mapping[str, Latest]:
        """What is known of each scalar, by its key."""
        if self.index is not None:
            with contextlib.suppress(GuildError, OSError):
                return latest_in(self.index, self.store, self.summary, self.run)(".*")
        return self.series.latest if self.series else {}

    @cached_property
    def attrs(self) -> Mapping[str, Value]:
        """What was recorded of it besides: machine, version control."""
        with contextlib.suppress(GuildError, OSError):
            return attrs_of(self.store, self.run)
        return {}

    def _attribute(self, name: str) -> Value:
        told = self._told(name)
        if told is not None or name not in ATTRS:
            return told if told is not None else self.attrs.get(name)
        if name == "comment":
            with contextlib.suppress(GuildError, OSError):
                return self.run.notes().comment or None
        if name == "exit_status":
            with contextlib.suppress(GuildError, OSError):
                ended = self.run.ended()
                return ended.code if ended else None
        if self.record is not None and name in ("host", "user", "from_run", "restart_of"):
            host = {"host": self.record.host.name, "user": self.record.host.user}
            return host.get(name) or getattr(self.record, name, None) or None
        return None

    def _told(self, name: str) -> Value:
        """Give what the summary tells."""
        of = self.summary
        if name == "duration":
            return ((of.stopped or self.store.now()) - of.started) / 10**9 if of.started else None
        known: dict[str, Value] = {
            "id": of.id,
            "run": of.id[:8],
            "operation": of.operation,
            "op": of.operation,
            "model": of.operation.rpartition(":")[0],
            "status": of.status.word,
            "detail": of.status.detail,
            "label": of.label,
            "tag": of.tags,
            "tags": of.tags,
            "created": of.created,
            "started": of.started,
            "stopped": of.stopped,
            "project": of.project,
            "package": of.package,
            "batch": of.batch,
        }
        return known.get(name) or None


def filtered(runs: Iterable[Values], filters: Sequence[Filter], report: Reporter) -> list[Summary]:
    """Keep the runs for which all filters hold.

    Args:
        runs: The runs.
        filters: The filters.
        report: Told of names that no run knows: they were meant to be something else.
    """
    found, unknown, heard = [], set[tuple[str, str]](), set[tuple[str, str]]()
    flags: set[str] = set()
    for values in runs:

        def look(kind: str, name: str, values: Values = values) -> Value:
            value = values.look(kind, name)
            (unknown if value is None else heard).add((kind, name))
            return value

        if all(item.takes(look) for item in filters):
            found.append(values.summary)
        if unknown and "record" in vars(values):
            flags |= values.flags.keys()
    names = {name for kind, name in heard if kind != "attr"}
    for kind, name in sorted(unknown - heard):
        if name not in names and not (kind == "attr" and name in ATTRS):
            names.add(name)
            close = nearest(name, {*flags, *(ATTRS if kind != "attr" else ())})
            what = f"no run has an attribute {name}" if kind == "attr" else f"no run has a flag or scalar {name}"
            report(Warn(what + (f"; did you mean {close}?" if close and close != name else "")))
    return found
