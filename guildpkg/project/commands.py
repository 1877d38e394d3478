"""The text of a command in a project file -> `Command`."""

from __future__ import annotations

import re
import shlex

from guildpkg.core.project.model import Exec, PythonModule

_MODULE = re.compile(r"\w[\w-]*(\.\w[\w-]*)*")
_PROGRAMS = ("python", "python3", "sh", "bash")
_QUOTED_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')


class BadCommand(ValueError):
    """Text that is no command; the message ends a sentence that begins with where it stands."""


def module_of(text: str, *, quotes: str) -> PythonModule:
    """Read ``MODULE ARG...``.

    Args:
        text: The text. ``dir/module`` puts *dir* on the module search path, and a final ``.py`` does not count.
        quotes: ``shell`` for the quoting rules of a shell, ``double`` for double quotes without escapes.

    Raises:
        BadCommand: There is no module in it, or a quote is open.
    """
    words = split(text, quotes=quotes)
    if not words:
        raise BadCommand("names no module")
    folder, _, name = words[0].rpartition("/")
    name = name.removesuffix(".py")
    if not _MODULE.fullmatch(name):
        raise BadCommand(f"begins with {words[0]!r}, which is no Python module")
    if words[0] in _PROGRAMS:
        raise BadCommand(f"begins with {words[0]!r}, and names a module, not a program")
    if folder.startswith("/") or ".." in folder.split("/"):
        raise BadCommand(f"names a module outside of the project: {words[0]!r}")
    return PythonModule(name, words[1:], folder)


def exec_of(text: str) -> Exec:
    """Read ``PROGRAM ARG...`` with the quoting rules of a shell.

    Raises:
        BadCommand: There is no program in it, or a quote is open.
    """
    words = split(text, quotes="shell")
    if not words or not words[0]:
        raise BadCommand("names no program")
    return Exec(words)


def split(text: str, *, quotes: str) -> tuple[str, ...]:
    """Split text into words.

    Raises:
        BadCommand: A quote is not closed.
    """
    if quotes == "double":
        if text.count('"') % 2:
            raise BadCommand("has a quote that is not closed")
        return tuple(word.replace('"', "") for word in _QUOTED_WORD.findall(text))
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise BadCommand("has a quote that is not closed") from error
