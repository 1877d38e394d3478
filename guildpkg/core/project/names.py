"""What names and paths in a project file may look like."""

from __future__ import annotations

import posixpath
import re

MOST_NAME = 200
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def name_problem(name: str, what: str) -> str:
    """Say why a word cannot be the name of a model, an operation, a flag or a resource; empty when it can.

    A name may hold anything that can be seen, except what a command line or another file gives a meaning: white
    space, ``=``, ``:`` and ``/``, and ``-`` or ``@`` in front.
    """
    if not name:
        return f"the name of {what} is empty"
    if len(name) > MOST_NAME:
        return f"the name of {what} is longer than {MOST_NAME} characters"
    if name in (".", ".."):
        return f"{name!r} cannot be the name of {what}"
    if odd := next((char for char in name if char.isspace() or not char.isprintable() or char in "=:/"), ""):
        return f"the name of {what} holds {odd!r}: {name[:40]!r}"
    if name[0] in "-@":
        return f"the name of {what} begins with {name[0]!r}: {name[:40]!r}"
    return ""


def path_problem(path: str) -> str:
    """Say why text cannot be a path inside of a folder; empty when it can."""
    if "\0" in path or any(char < " " for char in path):
        return "holds a control character"
    if path.startswith(("/", "~")) or _DRIVE.match(path):
        return "is absolute, and has to be relative"
    if ".." in path.split("/") and posixpath.normpath(path).split("/")[0] == "..":
        return "leads out of its folder"
    return ""


def is_sha256(text: str) -> bool:
    """Tell whether text is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None
