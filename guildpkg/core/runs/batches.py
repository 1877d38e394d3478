"""What a batch is: ``batch.json``, written before its first trial starts and never changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from guildpkg.core import records
from guildpkg.core.runs.record import FlagRow, is_run_id
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

SCHEMA: Final = 1


class BatchError(GuildError):
    """The record of a batch is not what guild writes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: its flags."""

    flags: tuple[FlagRow, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch.

    Attributes:
        id: 32 hexadecimal digits; `RunRecord.batch` of its trials.
        created: Nanoseconds since the epoch.
        operation: ``model:op``.
        project: Folder of the project.
        project_file: The project file, where one was named.
        package: ``NAME-VERSION`` of the installed package it came from.
        interpreter: The Python that runs it.
        gpus: Numbers of the GPUs that may be used; ``all`` for no limit.
        label: Label of each run.
        tags: Tags of each run.
        overrides: Resource to what stands in for it.
        trials: The trials, in order.
    """

    id: str
    created: int
    operation: str
    project: str = ""
    project_file: str = ""
    package: str = ""
    interpreter: str = ""
    gpus: str = "all"
    label: str = ""
    tags: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()


_FORM: Final = records.Form("record of a batch", SCHEMA, BatchError, "start it again with guild run")


def to_json(batch: BatchRecord) -> bytes:
    """Write a batch as its file has it."""
    return records.to_json(batch, SCHEMA)


def read_batch(data: bytes, shown: str) -> BatchRecord:
    """Read ``batch.json``.

    Args:
        data: Its content.
        shown: The file as messages are to name it.

    Raises:
        BatchError: It is not a record.
    """
    batch = records.read(data, BatchRecord, shown, _FORM)
    if not is_run_id(batch.id):
        raise _FORM.refusal(shown, "id is not 32 hexadecimal digits")
    return batch
