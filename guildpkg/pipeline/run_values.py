"""What a name stands for in a run: an attribute, a flag, a scalar. Files are read when a name asks for them, once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.run_filter import ATTRS, Filter, Value
from guildpkg.core.runs import RunRecord
from guildpkg.core.words import nearest
from guildpkg.errors import GuildError
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary

Scalars = Callable[[Run], Mapping[str, float]]
"""Gives the last value of each scalar of a run, by its key."""


def no_scalars(_: Run) -> Mapping[str, float]:
    """Stand for the scalars where nobody reads any."""
    return {}


@dataclass
class Values:
    """The values of one run. What is damaged or missing is undefined.

    Attributes:
        run: The run.
        summary: What the listing knows of it already.
        now: Nanoseconds since the epoch: the end so far of what still runs.
        scalars_of: Reads scalars.
    """

    run: Run
    summary: Summary
    now: int
    scalars_of: Scalars = field(default=no_scalars)

    def look(self, kind: str, name: str) -> Value:
        """Give a value; this is the `Look` of filters."""
        if kind == "flag":
            return self.flags.get(name)
        if kind == "scalar":
            return self.scalar(name)
        return self._attribute(name)

    def scalar(self, name: str) -> float | None:
        """Give the last value of a scalar; ``loss`` means ``tf/loss`` where there is no other."""
        return self.scalars.get(name, self.scalars.get(f"tf/{name}"))

    @cached_property
    def record(self) -> RunRecord | None:
        """``run.json``."""
        with contextlib.suppress(GuildError, OSError):
            return self.run.record()
        return None

    @cached_property
    def flags(self) -> Mapping[str, Value]:
        """The flags."""
        return {row.name: row.value for row in self.record.flags} if self.record else {}

    @cached_property
    def scalars(self) -> Mapping[str, float]:
        """The last value of each scalar."""
        with contextlib.suppress(GuildError, OSError):
            return self.scalars_of(self.run)
        return {}

    @cached_property
    def system(self) -> Mapping[str, str]:
        """What the machine was like."""
        with contextlib.suppress(OSError, ValueError):
            found: Any = json.loads((self.run.path / "attrs.json").read_bytes())
            if isinstance(found, dict) and isinstance(found.get("system"), dict):
                return {str(key): str(value) for key, value in found["system"].items()}
        return {}

    def _attribute(self, name: str) -> Value:
        told = self._told(name)
        if told is not None or name not in ATTRS:
            return told if told is not None else self.system.get(name)
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
            return ((of.stopped or self.now) - of.started) / 10**9 if of.started else None
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
