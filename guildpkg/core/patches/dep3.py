"""What stands above the first change of a patch: its header, in the fields of DEP-3 or as a mail has it."""

from __future__ import annotations

import re
from typing import Final

from guildpkg.core.patches.diffs import read_diffs

_FIELD = re.compile(r"^(?:Description|Subject):.*(?:\n[ \t].*)*", re.MULTILINE | re.IGNORECASE)
_STAT: Final = re.compile(
    rb"^---[ \t]*\r?\n(?>(?: .* \| .*| \d+ files? changed.*| (?:create|delete|rename|copy|rewrite|mode) .*|\r?)\n)*+\Z",
    re.MULTILINE,
)
"""What `git format-patch` puts behind a message; the text that DEP-3 allows behind such a line is none of it."""
_INDEX: Final = re.compile(rb"(?:^(?:Index: .*|={20,}|diff (?!--git).*)\r?\n)+\Z", re.MULTILINE)


def header_of(data: bytes) -> bytes:
    """Give the text above the first change, without the statistics that a mail has there and that go stale."""
    diffs = read_diffs(data)
    if not diffs:
        return b""
    above = b"".join(line + b"\n" for line in data.split(b"\n")[: diffs[0].line - 1])
    return _INDEX.sub(b"", _STAT.sub(b"", above))


def description_of(data: bytes) -> str:
    """Give the first line of what a patch says it is for, or an empty string."""
    found = _FIELD.search(header_of(data).decode("utf-8", "replace"))
    return found[0].partition(":")[2].strip().partition("\n")[0] if found else ""


def described(header: bytes, text: str) -> bytes:
    """Put a description into a header, in the place of the one that it has.

    Args:
        header: The header so far, maybe empty.
        text: The description; further lines are indented, so that none of them can be taken for a change.
    """
    first, *more = [line.rstrip() for line in text.strip().splitlines()] or [""]
    field = "\n".join([f"Description: {first}", *(f" {line or '.'}" for line in more)])
    old = header.decode("utf-8", "surrogateescape")
    found = _FIELD.search(old)
    if found:
        new = old[: found.start()] + field + old[found.end() :]
    else:
        new = f"{field}\n{old}" if old.strip() else f"{field}\n\n"
    return new.encode("utf-8", "surrogateescape")
