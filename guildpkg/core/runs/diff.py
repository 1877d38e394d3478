"""What two sets of named values, and two files, have that the other has not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from guildpkg.core.runs.compare import natural

LARGEST: Final = 1 << 20
"""Bytes of a file above which only that it changed is said: comparing lines takes too long."""


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Give the names whose values differ, with both values; None where there is no such name."""
    names = sorted(old.keys() | new.keys(), key=natural)
    # 1 and True, and 1 and 1.0, are different settings
    pairs = {name: (old.get(name), new.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if (type(pair[0]), pair[0]) != (type(pair[1]), pair[1])}


def unified(old: bytes | None, new: bytes | None, path: str) -> str:
    """Write how a file changed that did change.

    Args:
        old: Its content before; None when it was not there.
        new: Its content after; None when it is not there.
        path: What it is called.

    Returns:
        A unified diff, or one line that says why there is none.
    """
    if max(len(old or b""), len(new or b"")) > LARGEST:
        return f"{path} differs, and is too large to be shown\n"
    try:
        before, after = _lines(old), _lines(new)
    except UnicodeDecodeError:
        return f"{path} differs, and is no text\n"
    import difflib

    names = "/dev/null" if old is None else f"a/{path}", "/dev/null" if new is None else f"b/{path}"
    lines = difflib.unified_diff(before, after, *names)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(data: bytes | None) -> list[str]:
    if data is None:
        return []
    if b"\0" in data:
        raise UnicodeDecodeError("utf-8", data, 0, 1, "NUL")
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode())
