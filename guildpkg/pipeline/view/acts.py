"""What the page may do to a run, by the verb of its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from guildpkg.errors import Busy, UsageFault
from guildpkg.pipeline.runs.chosen import labelled, tagged
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

_LABEL: Final = 1000
"""Characters of a label or a tag."""
_SOON: Final = 1.0
"""Seconds in which a run that was asked to stop mostly has."""


def _label(store: Runs, run: Run, given: Mapping[str, Any]) -> Run:
    label = _line(given.get("label"), "label")
    store.annotate(run, lambda notes: labelled(notes, label))
    return run


def _tag(store: Runs, run: Run, given: Mapping[str, Any]) -> Run:
    add, drop = ([_line(tag, name) for tag in _words(given.get(name, []), name)] for name in ("add", "remove"))
    store.annotate(run, lambda notes: tagged(notes, add, drop))
    return run


def _stop(store: Runs, run: Run, _: Mapping[str, Any]) -> Run:
    from guildpkg.pipeline.train.later import stop

    status = store.status(run)
    if status.word not in ("running", "pending"):
        # the wish would lie there until a staged run is started, and end it at once
        raise Busy(f"run {run.short} is {status}", hint="only a run that is running or pending can be stopped")
    # it has the time to save what it wants to; the page shows when it has ended
    stop([run], store, wait=_SOON)
    return run


def _delete(store: Runs, run: Run, _: Mapping[str, Any]) -> Run:
    return store.trash(run)


def _restore(store: Runs, run: Run, _: Mapping[str, Any]) -> Run:
    return store.restore(run)


def _words(given: Any, name: str) -> list[Any]:
    if not isinstance(given, list):
        raise UsageFault(f"{name} is a list of texts")
    return given


def _line(given: Any, name: str) -> str:
    if not isinstance(given, str) or len(given) > _LABEL or not given.isprintable():
        raise UsageFault(f"{name} is a text of one line, at most {_LABEL} characters")
    return given.strip()


ACTS: Final[Mapping[str, Callable[[Runs, Run, Mapping[str, Any]], Run]]] = {
    "label": _label,
    "tag": _tag,
    "stop": _stop,
    "delete": _delete,
    "restore": _restore,
}
