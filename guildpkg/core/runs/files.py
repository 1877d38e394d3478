"""The JSON files of a run: strict readers that refuse what we would not have written, and the one writer.

In: bytes. Out: the values of `core.runs.record`, or a `RunRecordError` that names the file and the key.
"""

from __future__ import annotations

from typing import Final, TypeVar

from guildpkg.core import records
from guildpkg.core.runs.record import (
    CAUSES,
    SCHEMA,
    ExitRecord,
    Notes,
    ProcessRecord,
    ResourceRow,
    RunRecord,
    is_run_id,
)
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Inputs:
    """``inputs.json``: what was laid out for a run after its record had been written."""

    resources: tuple[ResourceRow, ...] = ()


class RunRecordError(GuildError):
    """A file of a run's record is not what guild writes."""


_FORM: Final = records.Form("record of a run", SCHEMA, RunRecordError, "see guild check --repair")


def to_json(value: Inputs | RunRecord | ProcessRecord | ExitRecord | Notes) -> bytes:
    """Write a value as its file has it: ``schema`` first, one key a line."""
    return records.to_json(value, SCHEMA)


def read_record(data: bytes, shown: str) -> RunRecord:
    """Read ``run.json``.

    Args:
        data: Its content.
        shown: The file as messages are to name it.

    Raises:
        RunRecordError: It is not a record.
    """
    record = _read(data, RunRecord, shown)
    if not is_run_id(record.id):
        raise _refusal(shown, "id", "32 hexadecimal digits")
    if not 0 <= record.created < 253402300800 * 10**9:
        raise _refusal(shown, "created", "nanoseconds since the epoch")
    return record


def read_process(data: bytes, shown: str) -> ProcessRecord:
    """Read ``process.json``; see `read_record`."""
    return _read(data, ProcessRecord, shown)


def read_exit(data: bytes, shown: str) -> ExitRecord:
    """Read ``exit.json``; see `read_record`."""
    ended = _read(data, ExitRecord, shown)
    if ended.cause not in CAUSES:
        raise _refusal(shown, "cause", f"one of {', '.join(CAUSES)}")
    return ended


def read_notes(data: bytes, shown: str) -> Notes:
    """Read ``notes.json``; see `read_record`."""
    return _read(data, Notes, shown)


def read_inputs(data: bytes, shown: str) -> Inputs:
    """Read ``inputs.json``; see `read_record`."""
    return _read(data, Inputs, shown)


def _read(data: bytes, kind: type[T], shown: str) -> T:
    return records.read(data, kind, shown, _FORM)


def _refusal(shown: str, key: str, wanted: str) -> GuildError:
    return _FORM.refusal(shown, f"{key} is not {wanted}")
