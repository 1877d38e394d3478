"""Files with the flags of a batch: one row or one table a trial (``@trials.csv``, ``.json``, ``.yml``)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from guildpkg.core.project.values import raw_of
from guildpkg.errors import Fault, FlagError, Where

LARGEST: Final = 4 << 20
"""Bytes of such a file."""


def read_rows(path: Path, shown: str) -> list[Mapping[str, str]]:
    """Read the rows of a file.

    Args:
        path: The file.
        shown: The file as the user named it.

    Returns:
        Flags by name, as they would be typed.

    Raises:
        FlagError: It cannot be read, or is not what its ending says.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no path"
        raise _refusal(shown, 0, f"cannot be read: {reason}") from error
    if len(data) > LARGEST:
        raise _refusal(shown, 0, f"is larger than {LARGEST >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(shown, 0, "is not UTF-8 text") from error
    ending = path.suffix.lower()
    if ending == ".csv":
        rows = _csv(text, shown)
    elif ending == ".json":
        rows = _tables(_json(text, shown), shown)
    elif ending in (".yml", ".yaml"):
        rows = _tables(_yaml(text, shown), shown)
    else:
        raise _refusal(shown, 0, "is of no kind that holds flags", "use .csv, .json or .yml")
    if not rows:
        raise _refusal(shown, 0, "has no rows")
    return rows


def _csv(text: str, shown: str) -> list[Mapping[str, str]]:
    """Read a table with the names of the flags in its first line."""
    try:
        reader = csv.reader(io.StringIO(text), strict=True)
        names = [name.strip() for name in next(reader, [])]
        rows: list[Mapping[str, str]] = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                raise _refusal(shown, reader.line_num, f"has {len(cells)} values for {len(names)} flags")
            rows.append({name: cell.strip() for name, cell in zip(names, cells, strict=True)})
    except csv.Error as error:
        raise _refusal(shown, reader.line_num, f"is no CSV: {error}") from error
    if len(set(names)) != len(names) or "" in names:
        raise _refusal(shown, 1, "has a column without a name, or two of one name")
    return rows


def _json(text: str, shown: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _refusal(shown, error.lineno, f"is no JSON: {error.msg}") from error
    except RecursionError as error:
        raise _refusal(shown, 0, "is no JSON: it is too deep") from error


def _yaml(text: str, shown: str) -> Any:
    try:
        # every scalar is text: what it means is for the flag to say
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts, lists and tables
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _refusal(shown, line, f"is no YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _refusal(shown, 0, "is no YAML") from error


def _tables(found: Any, shown: str) -> list[Mapping[str, str]]:
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _refusal(shown, 0, "has to be a list of tables", "write [{FLAG: VALUE}, ...]")
    return [{str(name): _raw(value, shown) for name, value in row.items()} for row in found]


def _raw(value: Any, shown: str) -> str:
    if isinstance(value, list) and all(not isinstance(item, list | dict) for item in value):
        return "[" + ", ".join(_raw(item, shown) for item in value) + "]"
    if isinstance(value, list | dict):
        raise _refusal(shown, 0, "has a table as a value")
    return value if isinstance(value, str) else raw_of(value)


def _refusal(shown: str, line: int, problem: str, hint: str = "") -> FlagError:
    return FlagError([Fault(Where(f"@{shown}", line), problem, hint)])
