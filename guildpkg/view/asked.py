"""What a request asks for, read strictly: an unknown, repeated or senseless parameter is refused with its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from guildpkg.core.runs.record import is_run_id
from guildpkg.errors import UsageFault
from guildpkg.lean import dataclass

LONGEST: Final = 4096
"""Characters of a parameter."""
MOST: Final = 500
"""Parameters of a request."""
LARGEST: Final = 1 << 16
"""Bytes of the body of a request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request; bytes of it that are not UTF-8 are kept as lone surrogates."""

    values: Mapping[str, tuple[str, ...]]

    def text(self, name: str, default: str = "") -> str:
        """Give a parameter that may stand once."""
        given = self.values.get(name, ())
        if len(given) > 1:
            raise UsageFault(f"{name} is given twice")
        return given[0] if given else default

    def words(self, name: str) -> tuple[str, ...]:
        """Give a parameter that may stand several times."""
        return self.values.get(name, ())

    def whole(self, name: str, *, least: int = 0, most: int = 2**63 - 1) -> int | None:
        """Give a whole number; None when it is not given."""
        text = self.text(name)
        if not text:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and least <= int(text) <= most):
            raise UsageFault(f"{name} is a whole number from {least} to {most}")
        return int(text)

    def one_of(self, name: str, *known: str) -> str:
        """Give a word of a list, its first when it is not given."""
        text = self.text(name, known[0])
        if text not in known:
            raise UsageFault(f"{name} is one of {', '.join(known)}")
        return text

    def runs(self, name: str) -> tuple[str, ...]:
        """Give ids of runs, separated by commas."""
        return tuple(run_id(word) for word in self.text(name).split(",") if word)


def asked(request: Request, *known: str) -> Asked:
    """Read the parameters of a request.

    Args:
        request: The request.
        known: The parameters that it may have.

    Raises:
        UsageFault: There are others, too many, or too long ones.
    """
    query = request.scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST)
    except ValueError as error:
        raise UsageFault(f"more than {MOST} parameters") from error
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if name not in known:
            raise UsageFault(f"there is no parameter {name[:40]!r} here", hint=", ".join(known) or "it takes none")
        if len(value) > max(LONGEST, 33 * MOST if name == "runs" else 0):
            raise UsageFault(f"{name} is too long")
        values[name] = (*values.get(name, ()), value)
    return Asked(values)


def run_in(request: Request) -> str:
    """Give the run that the path of a request names."""
    return run_id(request.path_params["run"])


def run_id(text: str) -> str:
    """Check an id.

    Raises:
        UsageFault: It is none.
    """
    if not is_run_id(text):
        raise UsageFault(f"{text[:40]!r} is not the id of a run", hint="32 hexadecimal digits")
    return text


def raw_path(text: str) -> bytes:
    """Give a path of the file system as the parameter had it.

    Raises:
        UsageFault: It cannot be one.
    """
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise UsageFault("the path is not UTF-8") from error
    if b"\0" in raw:
        raise UsageFault("the path holds NUL")
    return raw


async def body_of(request: Request) -> Mapping[str, Any]:
    """Read the JSON object that is the body of a request.

    Raises:
        UsageFault: It is none, or too large.
    """
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            raise UsageFault(f"the body is larger than {LARGEST} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageFault("the body is not JSON") from error
    if not isinstance(found, dict):
        raise UsageFault("the body is not a JSON object")
    return found
