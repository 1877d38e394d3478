"""Records as JSON files: one writer, and a strict reader that refuses what we would not have written.

A record is a frozen dataclass of texts, numbers, other such values, tuples and mappings of texts. Its file has
``schema`` first. What is missing and has a default gets it; keys that nobody knows are passed over.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from guildpkg.errors import GuildError
from guildpkg.lean import dataclass, field_names

T = TypeVar("T")
LARGEST: Final = 16 << 20
"""Bytes; a record that is larger is not ours."""
_NUMBERS: Final = 2**63
_ODD: Final = {".inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
"""How the numbers are written that JSON does not know, where a text may stand as well."""
_NAMES: Final = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
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
    return (json.dumps(fields, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode()


def plain(value: Any) -> Any:
    """Give a record as plain values."""
    # dataclasses.asdict copies deeply and knows no mappings other than dict
    if (names := field_names(value)) is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return next(word for word, number in _ODD.items() if repr(number) == repr(value))
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
        wanted: Any = kind
        value: T = _reader(wanted)(found, "")
    except _Wrong as wrong:
        raise form.refusal(shown, str(wrong)) from wrong
    return value


_Reader = Callable[[Any, str], Any]
"""Checks a value and builds what it stands for; the text is its key, for messages."""


class _Wrong(Exception):
    """A value is not what the record wants."""


@functools.cache
def _reader(kind: Any) -> _Reader:
    """Make what checks a value against a type and builds it: once for each type, as listings read many thousands."""
    kind = getattr(kind, "__supertype__", kind)
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    if origin is tuple:
        return _list(_reader(get_args(kind)[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _texts
    kinds = get_args(kind) if origin in (Union, types.UnionType) else (kind,)
    return lambda found, key: _scalar(found, kinds, key)


def _object(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    items = []
    for item in dataclasses.fields(kind):
        needed = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        items.append((item.name, _reader(hints[item.name]), needed))

    def read_object(found: Any, key: str) -> Any:
        if not isinstance(found, dict):
            raise _not(key, "an object")
        given = {}
        for name, reader, needed in items:
            if name in found:
                given[name] = reader(found[name], f"{key}.{name}" if key else name)
            elif needed:
                raise _Wrong(f"{key}.{name} is missing" if key else f"{name} is missing")
        return kind(**given)

    return read_object


def _list(reader: _Reader) -> _Reader:
    def read_list(found: Any, key: str) -> Any:
        if not isinstance(found, list):
            raise _not(key, "a list")
        return tuple([reader(item, key) for item in found])

    return read_list


def _texts(found: Any, key: str) -> Any:
    if not isinstance(found, dict):
        raise _not(key, "an object of texts")
    return {name: _scalar(item, (str,), key) for name, item in found.items()}


def _scalar(found: Any, kinds: tuple[Any, ...], key: str) -> Any:
    exact = type(found)
    if exact is str and str in kinds:
        return _ODD.get(found, found) if float in kinds else found
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
