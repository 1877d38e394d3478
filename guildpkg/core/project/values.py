"""Text of a project file or a command line -> the value of a flag, and back.

Plain text is read as YAML 1.2 reads it, with the booleans of YAML 1.1: ``12``, ``-0x1f``, ``1e-3``, ``.inf``,
``true``, ``yes``, ``off``, ``null``, ``~``. Everything else is text, also what YAML 1.1 took for a number in disguise:
``0755`` (octal), ``1:30`` (sexagesimal), ``2018-03-08`` (a date). Quotes around the whole make it text.
"""

from __future__ import annotations

import math
import re

from guildpkg.core.project.parts import Scalar, Value

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_BASED = re.compile(r"(?P<sign>[-+]?)0(?P<base>[xo])(?P<digits>[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ODD_FLOATS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NULLS = ("", "~", "null")
MOST_DIGITS = 300
"""An integer with more digits is text: no script takes it for a number, and reading it takes ever longer."""


def typed(raw: str) -> Scalar:
    """Read plain text as a number, a boolean or null where it looks like one, else as text."""
    text = raw.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        quote = text[0]
        return text[1:-1].replace(quote * 2, quote) if quote == "'" else text[1:-1]
    if text.lower() in _NULLS and text in {text.lower(), text.upper(), text.capitalize()}:
        return None
    if text in {text.lower(), text.upper(), text.capitalize()} and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    number = number_of(text)
    return raw if number is None else number


def number_of(text: str) -> int | float | None:
    """Read a number; None when the text is no number."""
    if len(text) > MOST_DIGITS:
        return None
    if _INT.fullmatch(text):
        return int(text)
    if found := _BASED.fullmatch(text):
        base = 16 if found["base"] == "x" else 8
        if base == 8 and not set(found["digits"]) <= set("01234567"):
            return None
        return int(found["sign"] + found["digits"], base)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _ODD_FLOATS.get(text.lower())


def raw_of(value: Value) -> str:
    """Write a value so that `typed` gives it again; a list is written ``[1, 2]``."""
    if isinstance(value, tuple):
        return "[" + ", ".join(raw_of(item) for item in value) + "]"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _written(value)
    if isinstance(value, int):
        return str(value)
    same = None if value.startswith("[") else typed(value)
    return value if isinstance(same, str) and same == value else "'" + value.replace("'", "''") + "'"


def _written(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def convert(raw: str, kind: str) -> Scalar:
    """Read text as a flag of a type does.

    Args:
        raw: The text.
        kind: One of `FLAG_TYPES`.

    Raises:
        ValueError: The text is no value of that type; the message says what is wanted.
    """
    if kind == "auto":
        return typed(raw)
    if kind in ("int", "float", "number"):
        number = typed(raw)
        if number is None:
            return None
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"{raw!r} is not {_NOUN[kind]}")
        if kind == "int" and not isinstance(number, int):
            raise ValueError(f"{raw!r} is not a whole number")
        return float(number) if kind == "float" else number
    if kind == "boolean":
        value = typed(raw)
        if value is not None and not isinstance(value, bool):
            raise ValueError(f"{raw!r} is neither yes nor no")
        return value
    value = typed(raw)
    quoted = raw.strip()[:1] in ("'", '"') and isinstance(value, str)
    return value if quoted else raw


_NOUN = {"int": "a whole number", "float": "a number", "number": "a number"}
