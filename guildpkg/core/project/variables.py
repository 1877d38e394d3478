"""Variables in arguments and values: ``${flag}`` in one dialect, ``$RUNDIR`` in the other; one mechanism behind both.

A name that nobody knows is left as it stands: it may be meant for the program that gets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SYNTAX: Final = {
    "yaml": re.compile(r"\$\{([^{}$\n]+)\}"),
    "ini": re.compile(r"\$(?:\{(\w+)\}|(\w+))"),
}
"""`Operation.variables` to the references of that syntax."""


def names_in(text: str, syntax: str) -> tuple[str, ...]:
    """Name the variables that a text refers to, in order.

    Args:
        text: A template.
        syntax: ``ini`` or ``yaml``, as in `Operation.variables`.
    """
    return tuple(_name(found) for found in _SYNTAX[syntax].finditer(text))


def fill(text: str, values: Mapping[str, str], syntax: str) -> str:
    """Put values where a text refers to them; what is put in is not looked at again."""
    return _SYNTAX[syntax].sub(lambda found: values.get(_name(found), found[0]), text)


def only_name(text: str, syntax: str) -> str:
    """Give the name that a text refers to when it is one reference and nothing else; else nothing."""
    found = _SYNTAX[syntax].fullmatch(text)
    return _name(found) if found else ""


def _name(found: re.Match[str]) -> str:
    return next(name for name in found.groups() if name)
