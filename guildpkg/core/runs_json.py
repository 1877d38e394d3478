"""The JSON files of a run: strict readers that refuse what we would not have written, and the one writer.

In: bytes. Out: the values of `core.runs`, or a `RunRecordError` that names the file and the key.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from guildpkg.core.runs import (
    CAUSES,
    SCHEMA,
    ExitRecord,
    Notes,
    ProcessRecord,
    ResourceRow,
    RunId,
    RunRecord,
    is_run_id,
)
from guildpkg.errors import GuildError

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Inputs:
    """``inputs.json``: what was laid out for a run after its record had been written."""

    resources: tuple[ResourceRow, ...] = ()


LARGEST: Final = 16 << 20
"""Bytes; a record that is larger is not ours."""
_HINT: Final = "see guild check --repair"
_NUMBERS: Final = 2**63


class RunRecordError(GuildError):
    """A file of a run's record is not what guild writes."""


def to_json(value: Inputs | RunRecord | ProcessRecord | ExitRecord | Notes) -> bytes:
    """Write a value as its file has it: ``schema`` first, one key a line."""
    fields = {"schema": SCHEMA, **_plain(value)}
    return (json.dumps(fields, indent=1, ensure_ascii=True, allow_nan=True) + "\n").encode()


def _plain(value: Any) -> Any:
    # dataclasses.asdict copies deeply and knows no mappings other than dict
    if dataclasses.is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    return value


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
    if len(data) > LARGEST:
        raise RunRecordError(f"{shown} is no record of a run: it is larger than {LARGEST} bytes", hint=_HINT)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RunRecordError(f"{shown} is no record of a run: it is not JSON", hint=_HINT) from error
    if not isinstance(found, dict):
        raise RunRecordError(f"{shown} is no record of a run: it is not a JSON object", hint=_HINT)
    schema = found.pop("schema", None)
    if isinstance(schema, int) and schema > SCHEMA:
        raise RunRecordError(f"{shown} was written by a newer guild (schema {schema})", hint="upgrade guildpkg")
    if schema != SCHEMA or isinstance(schema, bool):
        raise _refusal(shown, "schema", str(SCHEMA))
    value: T = _value(found, kind, shown, "")
    return value


def _value(found: Any, kind: Any, shown: str, key: str) -> Any:
    """Check one value against a type of `core.runs`, and build it."""
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _object(found, kind, shown, key)
    if origin is tuple:
        if not isinstance(found, list):
            raise _refusal(shown, key, "a list")
        return tuple(_value(item, get_args(kind)[0], shown, key) for item in found)
    if origin is not None and _is_mapping(origin):
        if not isinstance(found, dict):
            raise _refusal(shown, key, "an object of texts")
        return {name: _value(item, str, shown, key) for name, item in found.items()}
    if origin in (Union, types.UnionType):
        return _scalar(found, get_args(kind), shown, key)
    return _scalar(found, (str if kind is RunId else kind,), shown, key)


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _object(found: Any, kind: Any, shown: str, key: str) -> Any:
    if not isinstance(found, dict):
        raise _refusal(shown, key, "an object")
    hints, given = _hints(kind), {}
    for item in dataclasses.fields(kind):
        place = f"{key}.{item.name}" if key else item.name
        if item.name in found:
            given[item.name] = _value(found[item.name], hints[item.name], shown, place)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise RunRecordError(f"{shown} is no record of a run: {place} is missing", hint=_HINT)
    return kind(**given)


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def _scalar(found: Any, kinds: tuple[Any, ...], shown: str, key: str) -> Any:
    exact = type(found)
    if exact is int and str not in kinds and abs(found) >= _NUMBERS:
        raise _refusal(shown, key, "a number of 64 bits")
    if exact is int and float in kinds and int not in kinds:
        return float(found)
    if exact is float and not math.isfinite(found) and str not in kinds:
        raise _refusal(shown, key, "a finite number")
    if exact in kinds:
        return found
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
    raise _refusal(shown, key, " or ".join(names[kind] for kind in kinds))


def _refusal(shown: str, key: str, wanted: str) -> RunRecordError:
    return RunRecordError(f"{shown} is no record of a run: {key or 'it'} is not {wanted}", hint=_HINT)
