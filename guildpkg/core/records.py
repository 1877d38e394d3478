"""Records as JSON files: one writer, and a strict reader that refuses what we would not have written.

A record is a frozen dataclass of texts, numbers, other such values, tuples and mappings of texts. Its file has
``schema`` first. What is missing and has a default gets it; keys that nobody knows are passed over.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from guildpkg.errors import GuildError

T = TypeVar("T")
LARGEST: Final = 16 << 20
"""Bytes; a record that is larger is not ours."""
_NUMBERS: Final = 2**63
_NAMES: Final = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """What kind of record is read.

    Attributes:
        what: What messages call it: ``record of a run``.
        schema: The number that it must have.
        error: Raised when it is not what it should be.
        hint: The next step then.
    """

    what: str
    schema: int
    error: type[GuildError]
    hint: str

    def refusal(self, shown: str, problem: str) -> GuildError:
        """Make the error that says what is wrong with a file."""
        return self.error(f"{shown} is no {self.what}: {problem}", hint=self.hint)


def to_json(value: Any, schema: int) -> bytes:
    """Write a record as its file has it: ``schema`` first, one key a line."""
    fields = {"schema": schema, **plain(value)}
    return (json.dumps(fields, indent=1, ensure_ascii=True, allow_nan=True) + "\n").encode()


def plain(value: Any) -> Any:
    """Give a record as plain values."""
    # dataclasses.asdict copies deeply and knows no mappings other than dict
    if dataclasses.is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    return value


def read(data: bytes, kind: type[T], shown: str, form: Form) -> T:
    """Read a record.

    Args:
        data: The file's content.
        kind: What it is to become.
        shown: The file as messages are to name it.
        form: What kind of record it is.

    Raises:
        GuildError: It is none; the class is the one that *form* names.
    """
    if len(data) > LARGEST:
        raise form.refusal(shown, f"it is larger than {LARGEST} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise form.refusal(shown, "it is not JSON") from error
    if not isinstance(found, dict):
        raise form.refusal(shown, "it is not a JSON object")
    schema = found.pop("schema", None)
    if isinstance(schema, int) and schema > form.schema:
        raise form.error(f"{shown} was written by a newer guild (schema {schema})", hint="upgrade guildpkg")
    if schema != form.schema or isinstance(schema, bool):
        raise form.refusal(shown, f"schema is not {form.schema}")
    try:
        value: T = _value(found, kind, "")
    except _Wrong as wrong:
        raise form.refusal(shown, str(wrong)) from wrong
    return value


class _Wrong(Exception):
    """A value is not what the record wants."""


def _value(found: Any, kind: Any, key: str) -> Any:
    """Check one value against a type, and build it."""
    kind = getattr(kind, "__supertype__", kind)
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _object(found, kind, key)
    if origin is tuple:
        if not isinstance(found, list):
            raise _not(key, "a list")
        return tuple(_value(item, get_args(kind)[0], key) for item in found)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(found, dict):
            raise _not(key, "an object of texts")
        return {name: _value(item, str, key) for name, item in found.items()}
    return _scalar(found, get_args(kind) if origin in (Union, types.UnionType) else (kind,), key)


def _object(found: Any, kind: Any, key: str) -> Any:
    if not isinstance(found, dict):
        raise _not(key, "an object")
    hints, given = _hints(kind), {}
    for item in dataclasses.fields(kind):
        place = f"{key}.{item.name}" if key else item.name
        if item.name in found:
            given[item.name] = _value(found[item.name], hints[item.name], place)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise _Wrong(f"{place} is missing")
    return kind(**given)


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def _scalar(found: Any, kinds: tuple[Any, ...], key: str) -> Any:
    exact = type(found)
    if exact is int and str not in kinds and abs(found) >= _NUMBERS:
        raise _not(key, "a number of 64 bits")
    if exact is int and float in kinds and int not in kinds:
        return float(found)
    if exact is float and not math.isfinite(found) and str not in kinds:
        raise _not(key, "a finite number")
    if exact in kinds:
        return found
    raise _not(key, " or ".join(_NAMES[kind] for kind in kinds))


def _not(key: str, wanted: str) -> _Wrong:
    return _Wrong(f"{key or 'it'} is not {wanted}")
